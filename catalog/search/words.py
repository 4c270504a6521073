"""What people type, as a query: accents, case, endings, small slips and synonyms do not matter."""

import operator
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db import connection

from catalog.models import Synonym


MAX_WORDS = 8
ALIKE = 0.5
"""Trigram similarity from which a word of some sheet counts as a slip of the one typed."""
MOST_ALIKE = 3
STANDARD = re.compile(
    r"\b(?:nf\s*)?en\s*(?:iso\s*)?(\d{2,5})(?:-\d+)?(?:\s*\+\s*a\d+|\s*:\s*\d{4})*"
)
WORD = re.compile(r"\w+(?:[.,]\w+)*")
SLIP = re.compile(r"[a-z]{4,}")
SIMILAR = """
    SELECT typed, known.word FROM unnest(%s) AS typed CROSS JOIN LATERAL (
        SELECT word FROM catalog_knownword WHERE word %% typed AND similarity(word, typed) >= %s
        ORDER BY similarity(word, typed) DESC, word LIMIT %s) AS known
    WHERE NOT EXISTS (SELECT FROM catalog_knownword WHERE word LIKE typed || '%%')
"""

Clause = tuple[str, ...]
"""Terms of which a sheet must have one."""
Synonyms = dict[tuple[str, ...], Clause]


class TermQuery(SearchQuery):
    """One term in French, in English and, from four letters on, as the beginning of a word."""

    def __init__(self, term: str) -> None:
        """`term`: lower case, without accents."""
        super().__init__(term)
        self.function = "catalog_term_query"


def words_of(text: str) -> list[str]:
    """Lower case without accents; “NF EN 14683:2019” becomes “en14683”; at most MAX_WORDS."""
    flat = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(each for each in flat if not unicodedata.combining(each))
    return WORD.findall(STANDARD.sub(r"en\1", plain))[:MAX_WORDS]


@dataclass(frozen=True)
class Lexicon:
    """What is known of the words of some texts: synonyms in force, and words that slips meant."""

    synonyms: Synonyms
    similar: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Iterable[str], *, synonyms: Synonyms) -> "Lexicon":
        """For all the texts at once: one statement; none where all are empty."""
        typed = [words for words in map(words_of, texts) if words]
        clauses = [clause for words in typed for clause in _with_synonyms(words, synonyms)]
        alone = {each[0] for each in clauses if len(each) == 1 and SLIP.fullmatch(each[0])}
        return cls(synonyms, _similar(sorted(alone)))


def clauses_of(text: str, *, lexicon: Lexicon) -> list[Clause]:
    """What is asked for: each word with its synonyms, or with the words that are like it."""
    clauses = _with_synonyms(words_of(text), lexicon.synonyms)
    return [
        (*clause, *lexicon.similar.get(clause[0], ())) if len(clause) == 1 else clause
        for clause in clauses
    ]


def query_of(clauses: Sequence[Clause]) -> SearchQuery | CombinedSearchQuery:
    """All clauses, one term of each."""
    return reduce(
        operator.and_,
        (reduce(operator.or_, map(TermQuery, clause)) for clause in clauses),
    )


def synonyms_on(day: date) -> Synonyms:
    """By the words of each term: all terms that mean the same on `day`."""
    found: Synonyms = {}
    for terms in Synonym.objects.in_force(day).order_by("pk").values_list("terms", flat=True):
        groups = [tuple(words_of(term)) for term in terms]
        phrases = tuple(" ".join(words) for words in groups)
        for words in groups:
            found[words] = (*found.get(words, ()), *phrases)
    return found


def _with_synonyms(words: list[str], synonyms: Synonyms) -> list[Clause]:
    clauses, start = [], 0
    longest = max(map(len, synonyms), default=1)
    while start < len(words):
        for size in range(min(longest, len(words) - start), 0, -1):
            asked = tuple(words[start : start + size])
            if asked in synonyms or size == 1:
                same = synonyms.get(asked, ())
                clauses.append(tuple(dict.fromkeys((" ".join(asked), *same))))
                start += size
                break
    return clauses


def _similar(words: list[str]) -> dict[str, tuple[str, ...]]:
    """For words that stand in no sheet: up to MOST_ALIKE that do."""
    if not words:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SIMILAR, [words, ALIKE, MOST_ALIKE])
        for typed, known in cursor.fetchall():
            found[typed] = (*found.get(typed, ()), known)
    return found
