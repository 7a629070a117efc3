# ruff: noqa: E501 (lists of words are not broken)
"""Categories and products with their pictures."""

import struct
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

from .clock import SPAN, at
from .texts import description

SHELVES = {
    "Kitchen": {
        "Pots and pans": "Casserole Saucepan Skillet Wok Stockpot Steamer Griddle Milk_Pan Roaster Crêpe_Pan",
        "Knives": "Paring_Knife Chef's_Knife Bread_Knife Santoku_三徳 Cleaver Oyster_Knife Filleting_Knife "
        "Peeler Sharpener Knife_Block",
        "Coffee and tea": "Kettle French_Press Moka_Pot Teapot Grinder Pour-over Matcha_Set Milk_Jug Samovar Mug",
        "Baking": "Springform Whisk Rolling_Pin Scale Bundt_Tin Muffin_Tray Sieve Pastry_Bag Mixing_Bowl Timer",
    },
    "Living": {
        "Lamps": "Desk_Lamp Floor_Lamp Lantern Pendant Clip_Light Night_Light Lampshade Wall_Lamp Fairy_Lights Bulb",
        "Textiles": "Blanket Cushion Curtain Rug Throw Tablecloth Tea_Towel Quilt Hammam_Towel Doormat",
        "Storage": "Basket Crate Shelf Hook_Rail Chest Drawer_Box Jar_Set Laundry_Bag Trunk Magazine_Rack",
        "Clocks": "Wall_Clock Alarm_Clock Mantel_Clock Hourglass Weather_Station Pocket_Watch Cuckoo_Clock "
        "Sundial Kitchen_Clock World_Clock",
    },
    "Trail": {
        "Tents": "Tunnel_Tent Dome_Tent Tarp Bivouac Footprint Guy_Line Peg_Set Repair_Kit Porch Gear_Loft",
        "Sleeping": "Sleeping_Bag Sleeping_Mat Hammock Liner Pillow Quilt_3-Season Mosquito_Net Cot Pump Earplugs",
        "Backpacks": "Daypack Trekking_Pack Duffel Rain_Cover Hip_Pack Dry_Bag Bike_Bag Climbing_Pack Tote Child_Carrier",
        "Cooking outside": "Gas_Stove Mess_Kit Spork Fire_Steel Water_Filter Canteen Windscreen Fire_Bowl Grill Thermos",
    },
    "Garden": {
        "Tools": "Spade Rake Secateurs Hoe Trowel Wheelbarrow Watering_Can Hand_Fork Loppers Broom",
        "Seeds": "Tomato_Seeds Basil_Seeds Sunflower_Seeds Radish_Seeds Kale_Seeds Poppy_Seeds Bean_Seeds "
        "Chard_Seeds Dill_Seeds Meadow_Mix",
        "Pots and beds": "Flower_Pot Raised_Bed Hanging_Basket Trellis Saucer Window_Box Grow_Bag Cloche Propagator Planter",
        "Birds and bees": "Nest_Box Bird_Feeder Bee_Hotel Bird_Bath Bat_Box Suet_Cake Hedgehog_House Owl_Box "
        "Seed_Silo Insect_House",
    },
    "Workshop": {
        "Hand tools": "Hammer Hand_Saw Plane Chisel Screwdriver_Set Spirit_Level Clamp Mallet File_Set Folding_Rule",
        "Fixings": "Wood_Screws Wall_Plugs Nails Hooks Hinges Cable_Ties Washers Brackets Threaded_Rod Magnets",
        "Paint": "Wall_Paint Wood_Oil Brush_Set Roller Varnish Masking_Tape Primer Chalk_Paint Turpentine Drop_Cloth",
        "Electrics": "Extension_Lead Multimeter Socket_Timer Cable_Drum Headlamp Work_Light Battery_Set Charger "
        "Soldering_Iron Junction_Box",
    },
    "Paper": {
        "Notebooks": "Notebook Sketchbook Diary Ledger Bullet_Journal Field_Book Music_Book Address_Book "
        "Exercise_Book Guest_Book",
        "Writing": "Fountain_Pen Pencil_Set Ink Ballpoint Brush_Pen_筆 Chalk Eraser Marker Calligraphy_Set Pen_Roll",
        "Maps": "Hiking_Map City_Map Atlas Star_Chart Sea_Chart Relief_Map Globe Map_Case Compass Route_Planner",
        "Wrapping": "Wrapping_Paper Ribbon Gift_Box Labels Parcel_String Kraft_Paper Envelopes Sealing_Wax "
        "Tissue_Paper Stamps",
    },
}
LINES = (
    *(
        "Fjell",
        "Ondine",
        "Harrow",
        "Castell",
        "Yuki 雪",
        "Brae",
        "Tarn",
        "Löss",
        "Marmara",
        "Cairn",
        "Sève",
        "Alder",
    ),
    *(
        "Dune",
        "Kestrel",
        "Nørr",
        "Porto",
        "Ember",
        "Wren",
        "Ister",
        "Gaia",
        "Tatra",
        "Halo",
        "Mistral",
        "Loft",
        "Ilex",
    ),
)
COLOURS = ("moss", "slate", "ochre", "sand", "night blue", "brick", "raw", "white")
PALETTES = (
    (0xF4EFE6, 0x14594B, 0xE0A458, 0x8C2F39),
    (0xFFFFFF, 0x22223B, 0x9A8C98, 0xC9ADA7),
    (0xEDF6F9, 0x006D77, 0x83C5BE, 0xE29578),
    (0xFEFAE0, 0x283618, 0xDDA15E, 0x606C38),
)
LARGE = 256  # pixels; every hundredth product has a picture beyond 64 KiB

CATEGORY_COLUMNS = ("id", "parent_id", "name")
PRODUCT_COLUMNS = (
    *("id", "category_id", "sku", "name", "description", "price", "stock", "reorder_level", "active"),
    *("created_at", "weight_kg", "attributes", "thumbnail"),
)


def categories() -> list[tuple[Any, ...]]:
    """Departments first, then their shelves."""
    departments = [(number, None, name) for number, name in enumerate(SHELVES, start=1)]
    rows: list[tuple[Any, ...]] = [*departments]
    for number, _, department in departments:
        rows += [(len(rows) + n, number, shelf) for n, shelf in enumerate(SHELVES[department], start=1)]
    return rows


def products(rng: Random, shelves: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Fifty products for each shelf; prices are in cents."""
    number = 0
    for category, parent, shelf in shelves:
        if parent is None:
            continue
        words = _nouns(shelf)
        for place in range(50):
            number += 1
            name = f"{LINES[(place // 10 * 5 + category + place) % len(LINES)]} {words[place % 10]}"
            yield _product(rng, number, category, name)


def _nouns(shelf: str) -> list[str]:
    raw = next(names[shelf] for names in SHELVES.values() if shelf in names)
    return [word.replace("_", " ") for word in raw.split()]


def _product(rng: Random, number: int, category: int, name: str) -> tuple[Any, ...]:
    price = int(250 + rng.random() ** 3 * 39_000) // 10 * 10 + 9
    reorder = rng.choice((0, 5, 10, 20, 40))
    attributes = {"colour": rng.choice(COLOURS), "origin": rng.choice(("PT", "TR", "DE", "JP", "SE"))}
    if rng.random() < 0.3:
        attributes["sizes"] = rng.sample(["S", "M", "L", "XL", "½"], k=3)
    if rng.random() < 0.2:
        attributes["care"] = {"wash": rng.choice((30, 40, 60)), "iron": rng.random() < 0.5, "bleach": None}
    return (
        number,
        category,
        f"{category:02d}-{number:05d}",
        name,
        description(rng),
        price,
        int(rng.random() ** 2 * 400),
        reorder,
        rng.random() > 0.03,
        at(int(rng.random() ** 1.5 * SPAN)),
        None if rng.random() < 0.1 else round(0.05 + rng.random() ** 3 * 18, 3),
        None if rng.random() < 0.05 else attributes,
        None if rng.random() < 0.04 else picture(rng, LARGE if number % 100 == 0 else 32),
    )


def picture(rng: Random, size: int) -> bytes:
    """A mirrored pattern of four colours as a PNG, one byte a pixel, stored without compression.

    Compressed bytes would depend on the zlib of the machine, stored ones do not.
    """
    cell, half = size // 8, 4
    pattern = [[int(rng.random() ** 2 * 4) for _ in range(half)] for _ in range(8)]
    lines = bytearray()
    for row in pattern:
        full = b"".join(bytes([colour]) * cell for colour in (*row, *reversed(row)))
        lines += (b"\0" + full) * cell
    palette = b"".join(colour.to_bytes(3, "big") for colour in rng.choice(PALETTES))
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", _stored(bytes(lines))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _stored(data: bytes) -> bytes:
    """A zlib stream of stored blocks."""
    stream = bytearray(b"\x78\x01")
    for start in range(0, len(data), 0xFFFF):
        block = data[start : start + 0xFFFF]
        last = start + 0xFFFF >= len(data)
        stream += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    return bytes(stream + struct.pack(">I", zlib.adler32(data)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
