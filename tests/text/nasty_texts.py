"""Texts on which a careless tokenizer differs from the reference. make_golden.py writes the reference's ids."""

MANY_LANGUAGES = [
    "a café in Málaga with naïve décor and a jalapeño piñata",
    "Zwei Hunde springen über den Fluß, während Bäume blühen",
    "deux chats près d’une fenêtre à l’été, où ça brûle — déjà vu",
    "o cão está em cima da mesa, não há ninguém às três horas",
    "el niño comió piñas; ¿dónde está el año?",
    "Małgorzata zjadła pączki z różą pod dębem",
    "příliš žluťoučký kůň úpěl ďábelské ódy",
    "Två älgar på en ö utan å, smörgåsbord",
    "İstanbul'da güneşli bir gün, çiçekler açıyor",
    "две собаки бегут по зелёной траве у реки",
    "дві собаки біжать їхнім подвір’ям",
    "δύο σκύλοι τρέχουν στο πράσινο γρασίδι",
    "שני כלבים רצים על הדשא",
    "كلبان يركضان على العشب الأخضر",
    "दो कुत्ते घास पर दौड़ रहे हैं",
    "สุนัขสองตัววิ่งบนหญ้า",
    "两只狗在绿色的草地上奔跑",
    "二匹の犬が緑の芝生の上を走っている",
    "두 마리의 개가 잔디밭에서 뛰고 있다",
    "hai con chó đang chạy trên bãi cỏ xanh",
    "it’s a “beautiful” day… isn’t it – or not? €5 ½ price™ 20°",
    "I ❤️ pizza 🍕 and my 🐶 😀👍🏽 👨‍👩‍👧‍👦 🇫🇷",
]


def misread(text, encoding="cp1252"):
    return "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in text.encode())


SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

QUOTES = [
    "a dog’s “ball”", "‘single’ ‚low‘ ‛reversed‛", "„German“ ‟odd‟ «French» ‹inner›", "rock ʼnʼ roll", "ŉ is one", "5′ 10″",
    "“’twas”", "´acute` accents", "it＇s full-width", "＂quoted＂",
]
LIGATURES = [
    "ﬁne ﬂuﬀy eﬃcient waﬄe", "ﬅop ﬆop", "Ĳsland ĳs", "Ǆ ǅ ǆ Ǉ ǈ ǉ Ǌ ǋ ǌ Ǳ ǲ ǳ", "œuvre Æsir æon ß ẞ", "ﬓ ﬔ ﬕ Armenian stay",
    "ﬃ&ffilig;", "it'ﬅ", "'ﬅ",
]
WIDTHS = [
    "ＬＯＵＤ　ＮＯＩＳＥＳ", "ｆｕｌｌ　ｗｉｄｔｈ　１２３", "ﾊﾛｰﾜｰﾙﾄﾞ", "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ", "ﾡﾢﾣ ￂￃￄ", "￠￡￢￣￤￥￦", "￨￩￪￫￬￭￮", "〜～", "（ｐａｒｅｎｓ）［］｛｝",
    "＆ａｍｐ；", "&ａｍｐ;", "＜b＞&amp;", "％＃＠！",
]
ENTITIES = [
    "salt &amp; pepper", "salt &amp;amp; pepper", "&amp;amp;amp;amp;amp; deep", "&lt;b&gt;bold&lt;/b&gt;", "&quot;quoted&quot;", "&#39;s &#x27;s &#X27;S",
    "caf&eacute;", "caf&eacute ole", "CAF&EACUTE; NOIR", "P&EACUTE;REZ &NTILDE;", "this&not that", "this&notit; that", "&notin; &notinva; &nothing",
    "&ampere &ltree &gtx", "&amp &lt &gt", "&nbsp;&nbsp;x&nbsp;", "&hellip;", "&mdash;&ndash;", "&copy 2020 &copy; &COPY; &COPY", "&reg &trade;", "&#8217;s &rsquo;s",
    "&#128512;", "&#x1F600;", "&#x1f600", "&#0; &#x0;", "&#13;", "&#128; &#150; &#x99;", "&#129;", "&#x81;x&#x8d;", "&#55296; &#xD800; &#xDFFF;", "&#1114112; &#x110000; &#99999999999999;",
    "&#1; &#11; &#31; &#127; x", "&#xFDD0; &#xFFFE; &#x1FFFF;", "&#xFFFF;a", "&#;", "&#x;", "&#xg;", "&;", "&", "&&amp;&", "&#12ab;", "&#59;", "&#38;amp;", "&#38;#38;#38;",
    "<p>&eacute;&amp;</p>", "a < b &amp; c", "a &lt; b &amp; c", "line &eacute;\n<b>\n&eacute; &amp;eacute; after", "&NotEqualTilde; &nvlt; &fjlig; &bne;", "&Aacute;&aacute;&AACUTE;",
    "&ZWNJ;&zwj;", "&CounterClockwiseContourIntegral;", "&CounterClockwiseContourIntegralx;", "&CounterClockwiseContourIntegral", "&SZLIG; &szlig;", "&aMp; &Amp; &AMP; &AMP",
    "&sup2; &frac12; &frac12", "&lt;|startoftext|&gt;", "&#xe9;&#233;", "&eacuteé;", "&eacute&eacute&eacute", "&tab; &Tab;x&NewLine;y", "&apos;s &apos", "&lang;&rang;",
    "AT&T R&D Q&A", "&thetasym; &theta", "&Ouml &ouml", "&yen5 &pound5", "x&sect1", "&para&parallel;", "&times3 &timesbar;", "&micro;&middot;&cedil", "&HILBERTSPACE; &hilbertspace;",
    "&amp;lt;b&amp;gt;", "<&amp;amp;eacute;>", "<&#x80;&#x0d;>", "<&#28;x&#x1F;>", "<&nbsp;x&emsp;y>", "<&NBSP;>", "<&EACUTE;>", "<&#xFEFF;x>", "<&ldquo;x&rdquo;>", "<&#1234567890;>",
]
CONTROLS = [
    "a\x00b\x01c\x08d", "tab\tnew\nline\rreturn", "vertical\x0btab form\x0cfeed", "file\x1cgroup\x1drecord\x1eunit\x1fend", "delete\x7fme", "next\x85line", "c1 \x80 \x99 \x9f \x81 \x8d end",
    "\ufeffbom", "mid\ufeffbom", "soft\u00adhyphen", "zero\u200bwidth\u200cnon\u200djoin", "word\u2060joiner", "left\u200eto\u200fright", "\u202aembed\u202c \u202eoverride\u202c", "isolate\u2066x\u2069",
    "dep\u206arec\u206fated", "anno\ufff9tation\ufffatext\ufffb", "object\ufffcreplacement", "replacement\ufffdcharacter", "\ufffd", "line\u2028sep\u2029para", "\x1b[36;44mblue\x1b[0m", "\x1b[mx \x1b[;m \x1b[1", "\x1b]0;x\x07", "\x1b\x1b[1mx",
    "\x1b[\u0663mx", "\x1b[1\x00mx", "mongolian\u180evowel", "variation\ufe0f\ufe0e", "tag\U000e0041\U000e007f", "invisible\u2063sep", "a\r\nb\r\rc\n\rd", "private \ue000 \U000f0000", "nonchar\ufdd0",
]
COMBINING = [
    "cafe\u0301", "e\u0301\u0301 a\u0323\u0307 a\u0307\u0323", "A\u030angstro\u0308m \u212b \u2126 \u212a", "\u0301alone", "Z̸̢̛a̷l̶g̵o̴", "n\u0303 N\u0303", "\u0344 \u0343", "ự \u0075\u031b\u0323", "क़ \u0915\u093c", "\u0fb2\u0f71\u0f80",
    "\u1100\u1161\u11a8 각", "ㄱㅏㄱ", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글 \ud55c", "\uf900 豈", "\U0001d15e", "ﬀ\u0301", "i\u0307 I\u0307", "\u0130", "ẛ̣", "が か\u3099", "\u0061\u0315\u0300\u05ae\u0062",
]
CASES = [
    "İSTANBUL", "ısırgan I i İ ı", "ΟΔΥΣΣΕΥΣ", "ΟΔΥΣΣΕΥΣ.", "Σ", "ΑΣ ΑΣΑ Σ", "ΑΣ'Α", "ΑΣ' Α", "ΑΣ\u0301", "ΑΣ\u00adΑ", "aΣ1", "1Σ", "ΆΣ.ΆΣ", "ΑΣ:Α", "ẞ STRASSE", "ŒUVRE ÆON ØRE", "ǅ ǈ", "ЁЖИК", "ԱՐԵՎ", "Ⴀ Ა Ꭰ ꭰ", "Ⅷ ⅷ Ⓐ ⓐ",
    "𐐀 𐐨 𝐀 𝒜", "K kelvin Å angstrom", "ſharp ſ", "it'ſ", "'ſ", "'ſt", "<|ſtartoftext|>", "İ'S", "ᾼ ᾳ ῼ", "ʰΣ", "AʰΣ", "AΣʰ", "AΣʰB",
]
CONTRACTIONS = [
    "it's IT'S It'S", "don't DON'T", "we're WE'RE", "I've I'VE", "I'm I'M", "we'll WE'LL", "he'd HE'D", "'s", "''s", "'''s", "a'b'c", "dogs' toys", "'S 'RE 'VE 'LL 'D 'M 'T", "'tis 'twas", "rock'n'roll", "o'clock o’clock",
    "'reserved 'led 'mad 'den 'test 'stop", "s's 's's", "\"'s\"", "-'s", "1's", "1990's '90s", "it`s", "'ll'll", "'v 've", "'r 're", "'l 'll", "'é 's", "it ' s", "!'s", "'s!",
]
NUMBERS = [
    "123 4567", "3.14 1,000", "1st 2nd", "٣٤٥ ۳۴۵", "१२३", "๑๒๓", "一二三", "〇", "Ⅳ ⅳ Ⅻ", "x² y³ H₂O", "½ ¾ ⅓", "①②③ ⑴ ⒈", "㉈ ㊿", "𝟎𝟏𝟐", "0x1F", "1e-5", "a1b2c3", "12:30", "$5 €5 £5 ¥5", "50%", "#1 @2", "４２", "৪", "Ⅷ8", "𒐕", "𐄇",
]
PUNCTUATION = [
    "", " ", "!", "...", "…", "?!?!", "under_score __init__", "a-b a–b a—b", "a/b\\c", "{x} [y] (z)", "~`@#$%^&*()_+-=", "::;;", "<3 :-) ;)", "<|startoftext|>", "<|endoftext|>", "<|STARTOFTEXT|> x <|EndOfText|>", "a<|startoftext|>b",
    "x<|endoftext|><|endoftext|>y", "<|startoftext|", "!<|startoftext|>", "<|startoftext|>!", "< |startoftext|>", "<|start of text|>", "</w>", "the</w>", "a</w> b", "Ġthe Ċ", "<b>bold</b>", "<br/>", "http://example.com/a?b=c&d=e&copy=1", "a@b.com", "#hashtag", "¿qué? ¡olé!",
    "、。「」", "•bullet ·dot", "†‡§¶", "←→↑↓", "∀x∈ℝ", "♥♦♣♠", "★☆", "™©®", "\\n \\u00e9", "|pipe|", "''", "\"\"", "—", "- a - b -",
]
EMOJI = [
    "😀", "😀😃😄", "👍🏽 👍🏿", "👨‍👩‍👧‍👦", "🇫🇷🇩🇪", "❤️ ❤", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣ #️⃣", "☕️coffee", "dog🐶cat🐱", "🏳️‍🌈", "👩🏽‍🚀", "(ง'̀-'́)ง", "¯\\_(ツ)_/¯", "ʕ•ᴥ•ʔ", "(╯°□°）╯︵ ┻━┻",
]
MOJIBAKE = [misread(text) for text in MANY_LANGUAGES[:18]] + [
    misread(misread("café")), misread(misread("it’s a “day”")), misread("naïve", "latin-1"), "cafÃ©", "itâ€™s", "â€œquotedâ€\x9d", "don&acirc;&euro;&trade;t", "Ã¼ber", "Â©2020", "20Â°C", "Â£5", "ðŸ˜€ smile",
    "cafÃ© Ã  la crÃ¨me", "Â  spaced Â  out", "fine café and cafÃ©", "日本 and cafÃ©", "&Atilde;&copy;", "voilÃ  le travail", "Ã la carte", "foi Ã quele lado Ã s trÃªs", "20Â °", "AMANHÃ DE MANHÃ", "â€œ like this â€\ufffd", "Ã\x89t\xc3\x83\xc2\xa9", "â€¦", "âœ” No problems", "ã\x83\x84",
]
WELL_FORMED = MANY_LANGUAGES + [text.upper() for text in MANY_LANGUAGES[:12]] + [
    "CAFÉ”", "“CAFÉ”", "“Spaß”", "VOILÀ!", "ÀÉÎÕÜ", "10 × 20²", "5 µm", "Ångström Ö", "«É»", "Ö–Ä", "Ñandú", "ÇA VA…", "à la carte", "São Paulo’s", "“Você”", "l’âme”", "É", "ð þ Ð Þ",
]
OTHER_SCRIPTS = [
    "مرحبا بالعالم", "שָׁלוֹם", "नमस्ते दुनिया", "வணக்கம்", "ສະບາຍດີ", "မင်္ဂလာပါ", "ខ្មែរ", "ქართული", "Հայերեն", "አማርኛ", "ᠮᠣᠩᠭᠣᠯ", "བོད", "𐌰𐌱𐌲", "𓀀𓀁", "ꦗꦮ", "日本語テキスト", "カタカナ・ひらがな", "中文，标点。", "𠀀𠀁", "ABC中DEF文", "русский text mix", "αβγ abc",
]
LONG = [
    "a " * 100, "word " * 75, "word " * 76, "cat " * 74 + "cats", "antidisestablishmentarianism " * 20, "x" * 300, "1" * 80, "!" * 200, "é" * 100, "犬" * 60, "😀" * 40, "supercalifragilisticexpialidocious" * 5, "the quick brown fox jumps over the lazy dog. " * 9, "ab" * 500, "<|endoftext|>" * 80,
]
NASTY = (
    QUOTES + LIGATURES + WIDTHS + ENTITIES + CONTROLS + COMBINING + CASES + CONTRACTIONS + NUMBERS + PUNCTUATION + EMOJI + MOJIBAKE + WELL_FORMED + OTHER_SCRIPTS + LONG
    + [c for c in SPACES] + [f"a{c}b" for c in SPACES] + [SPACES, f"{SPACES}x{SPACES}y{SPACES}"]
)
