"""Tables of what was heard and answered."""

from huasuan.facts.listening import QualityScore, Sentiment, SurveyAnswer, TranscriptHit
from huasuan.listening.rules import check_answer, check_quality, check_sentiment
from huasuan.store import fact_kind, named_identities

QUALITY_SCORE = fact_kind("quality_score", QualityScore, check=check_quality)
TRANSCRIPT_HIT = fact_kind("transcript_hit", TranscriptHit)
SENTIMENT = fact_kind("sentiment", Sentiment, check=check_sentiment)
SURVEY_ANSWER = fact_kind("survey_answer", SurveyAnswer, check=check_answer, identities=named_identities)
KINDS = (QUALITY_SCORE, TRANSCRIPT_HIT, SENTIMENT, SURVEY_ANSWER)
