"""From a decree's first second to the last verdict by it, as one worker works it off."""

import sys
import time

from django.utils import timezone

from catalog import standing, tasks
from catalog.enums import BuyerSide, ProductKind, TaxBasis
from catalog.models import PriceRule, Rejudgement


def measure() -> dict[str, float]:
    """Seconds to judge every offer anew, and those of the surgical masks under a new ceiling."""
    everything = _judged("every offer")
    PriceRule.objects.create(
        legal_reference="benchmark",
        valid_from=timezone.localdate(),
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=BuyerSide.END_USER,
        per_unit_eur=1,
        tax_basis=TaxBasis.EXCLUDING,
    )
    ceiling = _judged("surgical masks")
    told = Rejudgement.objects.get()
    assert told.finished_at, "suppliers were not told"
    return {
        "every_offer_s": everything,
        "ceiling_s": ceiling,
        "ceiling_offers": told.offers_judged,
        "ceiling_went_off": told.went_off,
    }


def _judged(what: str) -> float:
    begin = time.perf_counter()
    tasks.look_at_the_law()
    print(f"  {what}: {standing.waiting():,} sheets to judge", file=sys.stderr)
    tasks.judge_offers()
    seconds = round(time.perf_counter() - begin, 1)
    print(f"  {what}: {seconds} s", file=sys.stderr)
    return seconds
