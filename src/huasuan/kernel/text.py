"""Texts a person reads, always in Chinese and English."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One message in both languages of the product; Chinese is the first."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            msg = f"a text needs both languages, got zh={self.zh!r} en={self.en!r}"
            raise ValueError(msg)

    def both(self) -> str:
        """Both languages on one line, for terminals and logs without a known reader."""
        return f"{self.zh} / {self.en}"

    def in_language(self, language: str) -> str:
        """The text for ``language`` ("zh" or "en"); anything else reads English."""
        return self.zh if language.startswith("zh") else self.en
