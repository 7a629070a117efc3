# ruff: noqa: E501 (lists of words are not broken)
"""Names of people in many scripts, each with the Latin spelling used for the e-mail address."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Region:
    """Names of one language: ``native:latin`` pairs, and how a full name is put together."""

    countries: tuple[str, ...]
    locale: str
    dialling: str
    weight: int
    first: tuple[tuple[str, str], ...]
    last: tuple[tuple[str, str], ...]
    cities: tuple[str, ...]
    joined: str = "{first} {last}"


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    split = (item.partition(":") for item in text.split())
    return tuple((native.replace("_", " "), latin or native.lower()) for native, _, latin in split)


def _region(
    countries: str,
    locale: str,
    dialling: str,
    weight: int,
    first: str,
    last: str,
    cities: str,
    joined: str = "",
) -> Region:
    towns = tuple(city.replace("_", " ") for city in cities.split())
    how = joined or "{first} {last}"
    return Region(tuple(countries.split()), locale, dialling, weight, _pairs(first), _pairs(last), towns, how)


REGIONS = (
    _region(
        "TR", "tr-TR", "90", 9,
        "Deniz Elif Mehmet Ayşe:ayse Çağla:cagla Barış:baris Gül:gul Ömer:omer Işıl:isil Şule:sule Kerem İpek:ipek",
        "Aydın:aydin Yılmaz:yilmaz Öztürk:ozturk Şahin:sahin Çelik:celik Kaya Güneş:gunes Doğan:dogan Arslan Koç:koc",
        "İstanbul Ankara İzmir Çanakkale Eskişehir Muğla",
    ),
    _region(
        "DE AT CH", "de-DE", "49", 14,
        "Jürgen:juergen Anna Zoë:zoe Lukas Käthe:kaethe Björn:bjoern Sophie Max Friederike Jörg:joerg Lena Paul",
        "Müller:mueller Schmidt Weiß:weiss Großmann:grossmann Krüger:krueger Lang von_Bülow:vonbuelow Köhler:koehler",
        "Köln München Zürich Wien Görlitz Tübingen Leipzig Graz",
    ),
    _region(
        "FR BE", "fr-FR", "33", 9,
        "Éloïse:eloise François:francois Chloé:chloe Jean-Luc:jeanluc Noël:noel Amélie:amelie Hugo Anaïs:anais Léa:lea",
        "Lefèvre:lefevre D'Arcy:darcy Garçon:garcon Dupont Hérisson:herisson Le_Goff:legoff Bœuf:boeuf Moreau",
        "Paris Orléans Liège Nîmes Besançon Saint-Étienne",
    ),
    _region(
        "GB IE US AU", "en-GB", "44", 16,
        "Grace Oliver Siobhán:siobhan Harry Amelia Noah Ava Theodore Maeve Jack Ruby George Isla Mateo",
        "O'Brien:obrien Smith Nguyen Taylor Okafor MacDonald Williams Fitzgerald Brown St._Clair:stclair Jones Lee",
        "London Dublin Bristol Galway Portland Hobart Leeds Austin",
    ),
    _region(
        "JP", "ja-JP", "81", 8,
        "陽菜:hina 翔太:shota さくら:sakura 健:ken 美咲:misaki 大輔:daisuke ユリ:yuri 結衣:yui 蓮:ren",
        "佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 渡辺:watanabe 伊藤:ito 小野寺:onodera 山本:yamamoto",
        "東京都 大阪市 札幌市 京都市 那覇市",
        "{last} {first}",
    ),
    _region(
        "CN TW SG", "zh-CN", "86", 6,
        "伟:wei 芳:fang 秀英:xiuying 娜:na 敏:min 静:jing 磊:lei 洋:yang 艳:yan 杰:jie",
        "王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 欧阳:ouyang 诸葛:zhuge",
        "北京市 上海市 成都市 台北市 广州市",
        "{last}{first}",
    ),
    _region(
        "KR", "ko-KR", "82", 4,
        "민준:minjun 서연:seoyeon 지우:jiwoo 하은:haeun 도윤:doyun 수아:sua 예준:yejun",
        "김:kim 이:yi 박:park 최:choi 정:jung 강:kang 남궁:namgung",
        "서울 부산 인천 대구",
        "{last}{first}",
    ),
    _region(
        "SA EG AE MA", "ar", "966", 6,
        "محمد:mohammed فاطمة:fatima أحمد:ahmed عائشة:aisha يوسف:yusuf ليلى:layla عمر:omar نور:nour مريم:maryam",
        "الحسيني:alhusseini المصري:almasri حداد:haddad بن_علي:benali الشريف:alsharif منصور:mansour عبد_الله:abdallah",
        "الرياض القاهرة دبي مراكش الإسكندرية",
    ),
    _region(
        "IL", "he-IL", "972", 2,
        "נועה:noa דוד:david תמר:tamar יוסי:yossi מאיה:maya איתן:eitan שירה:shira",
        "כהן:cohen לוי:levi מזרחי:mizrahi פרץ:peretz אברהם:avraham בן-דוד:bendavid",
        "תל_אביב חיפה ירושלים",
    ),
    _region(
        "UA BG RS", "uk-UA", "380", 5,
        "Олена:olena Тарас:taras Катерина:kateryna Їжакевич:yizh Богдан:bohdan Милица:milica Стоян:stoyan Софія:sofia",
        "Шевченко:shevchenko Коваленко:kovalenko Мельник:melnyk Петровић:petrovic Иванов:ivanov Ґалаґан:galagan",
        "Київ Львів Београд София Одеса",
    ),
    _region(
        "GR CY", "el-GR", "30", 3,
        "Ελένη:eleni Γιώργος:giorgos Μαρία:maria Νίκος:nikos Σοφία:sofia Δημήτρης:dimitris",
        "Παπαδόπουλος:papadopoulos Οικονόμου:economou Βασιλείου:vasileiou Γεωργίου:georgiou",
        "Αθήνα Θεσσαλονίκη Λευκωσία Πάτρα",
    ),
    _region(
        "IN NP", "hi-IN", "91", 6,
        "आरव:aarav दीया:diya कृष्णा:krishna प्रिया:priya श्रेया:shreya अर्जुन:arjun தமிழ்:tamil కావ్య:kavya",
        "शर्मा:sharma पटेल:patel गुप्ता:gupta सिंह:singh क्षत्रिय:kshatriya थापा:thapa",
        "मुंबई दिल्ली काठमांडू बेंगलुरु",
    ),
    _region(
        "TH VN", "th-TH", "66", 3,
        "สมชาย:somchai พิมพ์:pim ณัฐ:nat อรุณี:arunee Nguyệt:nguyet Đức:duc",
        "ศรีสุข:srisuk วงศ์:wong Trần:tran Phạm:pham แก้วใส:kaewsai",
        "กรุงเทพฯ เชียงใหม่ Huế Đà_Nẵng",
    ),
    _region(
        "PL CZ HU RO", "pl-PL", "48", 6,
        "Łukasz:lukasz Żaneta:zaneta Małgorzata:malgorzata Ondřej:ondrej Šárka:sarka Győző:gyozo Ștefan:stefan Ewa",
        "Wójcik:wojcik Dvořák:dvorak Kowalczyk Příhoda:prihoda Szűcs:szucs Țepeș:tepes Nowak",
        "Łódź Brno Győr Iași Kraków",
    ),
    _region(
        "ES PT BR MX", "es-ES", "34", 10,
        "Íñigo:inigo María_José:mariajose João:joao Begoña:begona Lucía:lucia Antônio:antonio Xóchitl:xochitl Diego",
        "Núñez:nunez Gonçalves:goncalves Ibáñez:ibanez de_la_Cruz:delacruz García_Márquez:garciamarquez Souza",
        "A_Coruña São_Paulo Málaga Mérida Évora Bogotá",
    ),
    _region(
        "SE NO IS DK", "sv-SE", "46", 5,
        "Åsa:asa Øystein:oystein Þórdís:thordis Søren:soren Märta:marta Guðrún:gudrun Nils Ingrid",
        "Ångström:angstrom Bjørnstad:bjornstad Guðmundsdóttir:gudmundsdottir Nyström:nystrom Kjær:kjaer Lindqvist",
        "Malmö Tromsø Reykjavík Århus",
    ),
)  # fmt: skip

WEIGHTS = tuple(region.weight for region in REGIONS)

# Names as people really type them: emoji, combining accents, invisible marks, one word, very long.
UNUSUAL = (
    "Zoë 🌻 Müller",
    "👩🏽‍🚀 Captain Ada",
    "Ame\u0301lie (de\u0301compose\u0301)",
    "\u200fنور\u200f & Söhne",
    "Prince",
    "  Leading Spaces",
    "Robert'); --",
    "Null",
    "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine, im Auftrag der Familie und aller Angehörigen",
    "ＦＵＬＬ Ｗｉｄｔｈ",
    "🦊",
    "Ngọc \"Ruby\" Trần",
)  # fmt: skip


def full_name(rng: Random, region: Region) -> tuple[str, str]:
    """A name and the part of an e-mail address made from it."""
    first, first_latin = region.first[int(rng.random() * len(region.first))]
    last, last_latin = region.last[int(rng.random() * len(region.last))]
    return region.joined.format(first=first, last=last), f"{first_latin}.{last_latin}"
