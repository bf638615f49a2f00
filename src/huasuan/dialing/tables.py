"""Tables of list lines, campaign targets and a bot's verdicts."""

from huasuan.facts.dialing import BotVerdict, CampaignTarget, ListRecord
from huasuan.store import fact_kind, named_identities

LIST_RECORD = fact_kind("list_record", ListRecord, identities=named_identities)
CAMPAIGN_TARGET = fact_kind("campaign_target", CampaignTarget, identities=named_identities)
BOT_VERDICT = fact_kind("bot_verdict", BotVerdict, identities=named_identities)
KINDS = (LIST_RECORD, CAMPAIGN_TARGET, BOT_VERDICT)
