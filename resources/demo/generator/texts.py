# ruff: noqa: E501 (sentences are not broken)
"""Sentences: notes on orders and customers, reviews, descriptions; names of browsers."""

from random import Random

SHORT_NOTES = (
    "ring twice · back entrance",
    "Please leave it with the neighbour at no. 14.",
    "gift, no invoice in the parcel",
    "3rd floor, lift is broken",
    "Hinterhof, bei Nowak klingeln",
    "laisser chez la gardienne, merci",
    "カードを添えてください",
    "الرجاء الاتصال قبل التسليم",
    "call +44 20 7946 0958 before noon",
    "dog is friendly 🐕",
    "Kapıda ödeme olmasın lütfen",
    "не раніше 18:00",
    "fragile!!",
    "50% now, 50% on delivery",
    "C:\\parcels\\drop-box",
)

LONG_NOTES = (
    "The driver should use the gate in the side street: the front door has been bricked up since the works began.",
    "This replaces the damaged parcel of last week, so please wrap the glass parts one by one.",
    "We are only at home from 07:30 to 08:15 and after 19:00; the shop downstairs takes parcels in between.",
    "If one article is missing, send the rest and refund it, do not wait.",
    "Bitte keine Folie verwenden, wir sammeln seit Jahren Kartons und geben sie gern zurück.",
    "宅配ボックスに入らない場合は、管理人室に預けてください。よろしくお願いいたします。",
    "Σε περίπτωση απουσίας, αφήστε το στο περίπτερο της γωνίας.",
)

TITLES = (
    "Does what it should",
    "Better than the old one",
    "Broke after a month",
    "Perfekt",
    "Très bien",
    "Would buy again",
    "Hmm",
    "とても良い",
    "ممتاز",
    "Exactly as described 👍",
    "Not for small kitchens",
    "Five stars",
)

PRAISE = (
    "Light, tidy and it dries quickly.",
    "We have used it every day since spring and it still looks new.",
    "The handle sits well even with gloves on.",
    "Schnell geliefert, saubere Verarbeitung.",
    "Il remplace deux ustensiles à la fois.",
    "軽くて使いやすいです。",
    "Çok beğendim, tavsiye ederim.",
    "Great value, my sister ordered one the same evening.",
    "Survived a week of rain on the ridge without a drop inside.",
)

BLAME = (
    "The lid does not close properly.",
    "Smaller than it looks in the picture.",
    "Nach zwei Wochen war der Griff lose.",
    "It arrived late and the box was open.",
    "The colour is more grey than green.",
    "Support answered after nine days.",
)

FEATURES = (
    "Made of recycled materials and built to be repaired: every part can be ordered one by one.",
    "Fits a household of two and packs flat for the cupboard.",
    "Tested by our own people on the long way over the hills.",
    "Dishwasher safe up to 60 °C.",
    "Comes in a plain cardboard box, without plastic.",
    "The seams are taped twice and hold a water column of 10,000 mm.",
    "Keeps its shape after a hundred washes.",
    "Five years of guarantee, no questions.",
    "Zeitlos, robust, leise.",
    "家庭でもキャンプでも使えます。",
    "Weighs less than a paperback.",
)


AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "curl/8.16.0",
    "HearthTrailApp/4.2 (iPhone; iOS 26.1)",
)


def order_note(rng: Random) -> str | None:
    """Mostly nothing, often a line, now and then a letter."""
    dice = rng.random()
    if dice < 0.62:
        return None
    if dice < 0.64:
        return ""
    if dice < 0.9:
        return rng.choice(SHORT_NOTES)
    sentences = 1 + int(rng.random() ** 4 * 24)
    return ("\n" if dice > 0.99 else " ").join(rng.choices(LONG_NOTES, k=sentences))


def review_body(rng: Random, rating: int) -> str:
    """A few sentences that suit the rating."""
    good = rng.choices(PRAISE, k=1 + int(rng.random() * 3)) if rating > 2 else []
    bad = rng.choices(BLAME, k=1 + int(rng.random() * 2)) if rating < 4 else []
    return " ".join(good + bad)


def description(rng: Random) -> str:
    """What the product page says."""
    return " ".join(rng.sample(FEATURES, k=2 + int(rng.random() * 4)))
