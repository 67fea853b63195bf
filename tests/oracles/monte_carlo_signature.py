"""Prints what CPython says about Monte Carlo's webhook signature, for a corpus of hard documents.

    python3 tests/oracles/monte_carlo_signature.py > tests/fixtures/monte-carlo/signature-vectors.json

    python3 tests/oracles/monte_carlo_signature.py stream SEED COUNT

prints generated bodies with their signatures instead, for tests/oracles/signature-differential.ts.

The vendor signs urllib.parse.urlencode(json.loads(body)) with HMAC-SHA512
(https://docs.getmontecarlo.com/docs/webhooks). The tests read the kept output; nothing runs Python in the test run.
"""

import hashlib
import hmac
import json
import pathlib
import platform
import random
import struct
import sys
import unicodedata
import urllib.parse

SECRET = "s3cret-with-ümlaut"

HAND_MADE = [
    ("empty object", "{}"),
    ("one text", '{"a":"b"}'),
    ("blanks everywhere", ' \t\r\n{ "a" \n:\t1 ,\r\n"b" : [ 1 , 2 ] , "c" : { } , "d" : [ ] } \n'),
    ("null at the top", '{"a":null}'),
    ("null nested", '{"a":{"b":null},"c":[null]}'),
    ("booleans", '{"a":true,"b":false,"c":[true,false],"d":{"e":true}}'),
    ("float keeps its point", '{"a":49.0,"b":{"c":49.0},"d":[49,49.0,49.00]}'),
    ("text that looks like a float", '{"a":"49.0","b":["49.0"]}'),
    ("exponents become floats", '{"a":1e3,"b":1E3,"c":1e+3,"d":1.5e3,"e":-1e3,"f":1e-3}'),
    ("zeros", '{"a":0,"b":-0,"c":0.0,"d":-0.0,"e":0e5,"f":-0e5,"g":[-0,-0.0]}'),
    ("exponent form begins at 1e16", '{"a":1e15,"b":1e16,"c":1e17,"d":9999999999999998.0,"e":9999999999999999.0}'),
    ("exponent form below 1e-4", '{"a":0.0001,"b":0.00001,"c":0.00012345,"d":0.000012345,"e":1e-10}'),
    ("sixteen and seventeen digits", '{"a":1234567890123456.7,"b":12345678901234567.8,"c":0.1234567890123456789}'),
    ("the usual suspects of rounding", '{"a":0.1,"b":0.30000000000000004,"c":1.1,"d":2.675,"e":1.0000000000000002}'),
    ("halfway cases", '{"a":5e-324,"b":4.9e-324,"c":2.2250738585072014e-308,"d":2.2250738585072011e-308,"e":9007199254740993.0}'),
    ("largest double", '{"a":1.7976931348623157e308,"b":-1.7976931348623157e+308}'),
    ("overflow to infinity", '{"a":1e309,"b":-1e400,"c":[1e999]}'),
    ("underflow to zero", '{"a":1e-400,"b":-1e-400}'),
    ("two and three digit exponents", '{"a":1e22,"b":1e23,"c":1e100,"d":1e-7,"e":1.5e-100,"f":9.5e21}'),
    ("big integers stay exact", '{"a":9007199254740993,"b":123456789012345678901234567890,"c":-9223372036854775809}'),
    ("integer of 4300 digits", '{"a":' + "7" * 4300 + "}"),
    ("integer of 4301 digits", '{"a":' + "7" * 4301 + "}"),
    ("negative integer of 4300 digits", '{"a":-' + "8" * 4300 + "}"),
    ("long float is no integer", '{"a":' + "7" * 200 + ".0}"),
    ("NaN and the infinities", '{"a":NaN,"b":Infinity,"c":-Infinity,"d":[NaN,{"e":-Infinity}]}'),
    ("minus NaN", '{"a":-NaN}'),
    ("plus sign", '{"a":+1}'),
    ("leading zero", '{"a":01}'),
    ("trailing point", '{"a":1.}'),
    ("leading point", '{"a":.5}'),
    ("hexadecimal", '{"a":0x10}'),
    ("empty exponent", '{"a":1e}'),
    ("single quote", '{"a":"it\'s","b":["it\'s"],"c":{"it\'s":1}}'),
    ("double quote", '{"a":"say \\"hi\\"","b":["say \\"hi\\""]}'),
    ("both quotes", '{"a":"it\'s \\"it\\"","b":["it\'s \\"it\\""]}'),
    ("backslashes", '{"a":"c:\\\\dir","b":["c:\\\\dir","\\\\","\\\\\'"]}'),
    ("all escapes", '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t","b":["\\"\\\\\\/\\b\\f\\n\\r\\t"]}'),
    ("control characters", '{"a":"\\u0000\\u0001\\u001b\\u001f\\u007f","b":["\\u0000\\u0001\\u001b\\u001f\\u007f"]}'),
    ("latin 1", '{"a":"\\u0080\\u0085\\u009f\\u00a0\\u00ad\\u00e9\\u00ff","b":["\\u0080\\u0085\\u009f\\u00a0\\u00ad\\u00e9\\u00ff"]}'),
    ("separators", '{"a":"\\u2028\\u2029\\u2003\\u3000\\u1680","b":["\\u2028\\u2029\\u2003\\u3000\\u1680"]}'),
    ("format characters", '{"a":["\\u200b\\u200e\\u2060\\ufeff\\u061c","\\ud834\\udd73"]}'),
    ("private use and unassigned", '{"a":["\\ue000\\uf8ff\\u0378\\uffff\\ufffe","\\udb80\\udc00","\\udbff\\udfff"]}'),
    ("replacement character", '{"a":"\\ufffd","b":["\\ufffd"]}'),
    ("emoji raw and escaped", '{"a":"🚀","b":["🚀","\\ud83d\\ude80"],"c":"\\ud83d\\ude80"}'),
    ("joined emoji", '{"a":["👩\u200d🔬"],"b":"👩\u200d🔬"}'),
    ("combining marks", '{"a":["e\\u0301","\\u0301"],"b":"\u0939\u093f\u0928\u094d\u0926\u0940"}'),
    ("raw text of many scripts", '{"a":["日本語","русский","العربية","ไทย"],"日本":"語"}'),
    ("raw line separator", '{"a":["\u2028"],"b":"\u2029"}'),
    ("raw delete character", '{"a":["\x7f"],"b":"\x7f"}'),
    ("lone high surrogate at the top", '{"a":"\\ud83d"}'),
    ("lone low surrogate at the top", '{"a":"x\\ude80y"}'),
    ("lone surrogate in a top key", '{"\\ud83d":1}'),
    ("lone surrogate nested is escaped", '{"a":["\\ud83d","x\\ude80y"],"b":{"\\udfff":1}}'),
    ("halves in the wrong order", '{"a":["\\ude80\\ud83d"]}'),
    ("high, then a pair", '{"a":["\\ud83d\\ud83d\\ude80"]}'),
    ("high, then another escape", '{"a":["\\ud83d\\n","\\ud83d\\u0041"]}'),
    ("hex digits of both cases", '{"a":["\\u00E9\\u00e9\\uD83D\\uDE80"]}'),
    ("short unicode escape", '{"a":"\\u12"}'),
    ("unicode escape with a sign", '{"a":"\\u+123"}'),
    ("unicode escape with an underscore", '{"a":"\\u1_23"}'),
    ("unknown escape", '{"a":"\\x41"}'),
    ("escape at the end", '{"a":"\\'),
    ("raw newline in a text", '{"a":"x\ny"}'),
    ("raw tab in a text", '{"a":"x\ty"}'),
    ("raw nul in a text", '{"a":"x\x00y"}'),
    ("reserved characters at the top", '{"a":" !\\"#$%&\'()*+,-./:;<=>?@[]^_`{|}~"}'),
    ("reserved characters nested", '{"a":[" !\\"#$%&\'()*+,-./:;<=>?@[]^_`{|}~"]}'),
    ("reserved characters in keys", '{"a b&c=d":1,"é+~":{"k e&y=":"v"},"%41":2}'),
    ("plus and percent", '{"a":"1+1 = 2%","b":["%2B+ "]}'),
    ("empty texts and keys", '{"":"","a":[""],"b":{"":""}}'),
    ("nested containers", '{"a":[[],[[]],{},[{}],{"b":[]}],"c":{"d":{"e":{"f":[1,[2,[3]]]}}}}'),
    ("order is kept", '{"z":1,"a":2,"m":3}'),
    ("keys like numbers keep their order", '{"b":1,"2":2,"10":3,"1":4,"c":{"9":1,"8":2,"a":3,"0":4}}'),
    ("duplicate keys", '{"a":1,"b":2,"a":3}'),
    ("duplicate keys nested", '{"x":{"a":1,"b":2,"a":[3],"b":null},"y":[{"k":1,"k":2.0}]}'),
    ("duplicate by escape", '{"a":1,"b":2,"\\u0061":3}'),
    ("names of a prototype", '{"__proto__":{"a":1},"constructor":2,"x":{"__proto__":3,"toString":4}}'),
    ("text None and null", '{"a":"None","b":null,"c":["None",null]}'),
    ("text that spells an object", '{"a":"{\'id\': None}","b":{"id":null}}'),
    ("looks like urlencoded", '{"a":"b&c=d","c":"d"}'),
    ("slash", '{"a":"x/y","b":["x\\/y"]}'),
    ("twenty deep", '{"a":' + "[" * 20 + "1.0" + "]" * 20 + "}"),
    ("sixty deep objects", '{"a":' * 60 + "1e3" + "}" * 60),
    ("trailing comma in an object", '{"a":1,}'),
    ("trailing comma in an array", '{"a":[1,]}'),
    ("missing colon", '{"a" 1}'),
    ("unquoted key", "{a:1}"),
    ("single quoted text", "{'a':1}"),
    ("comment", '{"a":1/*x*/}'),
    ("two values", '{"a":1}{"b":2}'),
    ("rubbish after", '{"a":1}x'),
    ("cut off", '{"a":{"b":1}'),
    ("empty body", ""),
    ("blank body", "  \n"),
    ("form feed is no blank", '{"a":\x0c1}'),
    ("no-break space is no blank", '{"a":\u00a01}'),
    ("byte order mark", '\ufeff{"a":1}'),
    ("literals in capitals", '{"a":None}'),
    ("literals of JavaScript", '{"a":undefined}'),
    ("literals run together", '{"a":truefalse}'),
    ("wrong case", '{"a":True}'),
    ("anomaly, abridged", '{"account":{"id":"9a59"},"action":"incident","type":"open_anomaly_incident","version":"v0.1","payload":{"incident_id":"f838","group_id":"zeus:ares","event_list":[{"event_details":"Has 42 rows vs. 101 expected","table_name":"artemis"}]}}'),
    ("alert update", '{"type":"open_anomaly_incident","alert_feedback":"false_positive","declared_alert_severity":"SEV-1","owner":"ann@example.com","payload":{"incident_id":"f838","event_list":null,"rule":null}}'),
]

ALPHABET = (
    [chr(c) for c in range(0x20, 0x7F)]
    + list("'\"\\'\"")
    + list("éßñøÿ\x7f\x80\x9f\xa0\xad")
    + list("\u0378\u200b\u2028\u2029\u3000\ufeff\ue000\ufffd日本語русский")
    + list("🚀🧪𝔘\U000e0001\U0010ffff")
)


def random_text(r):
    out = []
    for _ in range(r.choice([0, 1, 2, 3, 5, 8])):
        c = r.choice(ALPHABET)
        kind = r.random()
        if kind < 0.08:
            out.append(r.choice(['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]))
        elif kind < 0.13:
            out.append("\\u%04x" % r.randrange(0, 0x20))
        elif kind < 0.15:
            out.append("\\u%04X" % r.randrange(0xD800, 0xE000))
        elif c in '"\\':
            out.append("\\" + c)
        elif kind < 0.4:
            units = c.encode("utf-16-be")
            out += ["\\u%02x%02x" % (units[i], units[i + 1]) for i in range(0, len(units), 2)]
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def random_number(r):
    kind = r.randrange(7)
    if kind == 0:
        return str(r.randrange(-100, 100))
    if kind == 1:
        return str(r.randrange(-(10**25), 10**25))
    if kind == 2:
        return repr(r.uniform(-1000, 1000))
    if kind == 3:
        # Random bits: every exponent.
        return repr(struct.unpack(">d", r.getrandbits(64).to_bytes(8, "big"))[0]).replace("nan", "NaN").replace("inf", "Infinity")
    if kind == 4:
        return "%d.%de%s%d" % (r.randrange(10), r.randrange(10**6), r.choice(["", "+", "-"]), r.randrange(30))
    if kind == 5:
        return "%dE%d" % (r.randrange(1, 10**4), r.randrange(-20, 20))
    return "%s%d.%s" % (r.choice(["", "-"]), r.randrange(100), r.choice(["0", "00", "50", "125", "10"]))


def random_value(r, depth):
    kind = r.random()
    if depth > 3 or kind < 0.3:
        return random_text(r)
    if kind < 0.6:
        return random_number(r)
    if kind < 0.7:
        return r.choice(["null", "true", "false", "NaN", "-Infinity"])
    blank = r.choice(["", " ", "\n\t"])
    if kind < 0.85:
        return "[" + ("," + blank).join(random_value(r, depth + 1) for _ in range(r.randrange(4))) + blank + "]"
    return random_object(r, depth + 1)


def random_object(r, depth):
    keys = [r.choice(['"a"', '"b"', '"1"', '"0"', random_text(r)]) for _ in range(r.randrange(5))]
    blank = r.choice(["", " "])
    return "{" + ",".join(blank + key + blank + ":" + blank + random_value(r, depth) for key in keys) + "}"


def vector(name, body):
    try:
        document = json.loads(body)
        if not isinstance(document, dict):
            raise TypeError("not an object")
        text = urllib.parse.urlencode(document)
        signature = hmac.new(SECRET.encode(), text.encode("utf8"), hashlib.sha512).hexdigest()
    except (ValueError, TypeError) as error:
        return {"name": name, "body": body, "raises": type(error).__name__}
    return {"name": name, "body": body, "signed": text, "signature": signature}


def ranges(holds):
    """[first, last, first, last, ...] of the code points for which `holds`."""
    out, last = [], None
    for code in range(0x110000):
        if holds(chr(code)):
            if last != code - 1:
                out += [code, code]
            out[-1] = last = code
    return out


def main():
    r = random.Random(20261121)
    vectors = [vector(name, body) for name, body in HAND_MADE]
    for number in range(1, 301):
        made = vector("random %d" % number, random_object(r, 0))
        if len(made.get("signed", "")) > 300:
            del made["signed"]
        vectors.append(made)
    floats = []
    for number in range(400):
        value = struct.unpack(">d", r.getrandbits(64).to_bytes(8, "big"))[0] if number % 2 else r.choice([1, 3, 5, 7, 9.5]) * 10.0 ** r.randrange(-25, 26)
        if value == value:
            floats.append(["%.17e" % value, repr(value)])
    head = {
        "python": platform.python_version(),
        "unicode": unicodedata.unidata_version,
        "secret": SECRET,
        "printable": ranges(str.isprintable),
        "unassigned": ranges(lambda c: unicodedata.category(c) == "Cn"),
        "floats": floats,
    }
    out = [json.dumps(key) + ":" + json.dumps(value, separators=(",", ":")) for key, value in head.items()]
    out.append('"vectors":[\n' + ",\n".join(json.dumps(v, separators=(",", ":")) for v in vectors) + "\n]")
    sys.stdout.write("{\n" + ",\n".join(out) + "\n}\n")


PUBLISHED = ["anomaly.json", "custom-rule.json"]


def spoiled(r, body):
    """One character changed, dropped or added: much of it is no JSON any more."""
    at = r.randrange(len(body) + 1)
    return body[:at] + r.choice(["", r.choice(ALPHABET)]) + body[at + r.randrange(2):]


def filled(r, value):
    """A published payload with other leaves in it."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + filled(r, member) for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(filled(r, member) for member in value) + "]"
    return json.dumps(value) if r.random() < 0.7 else random_value(r, 3)


def stream(seed, count):
    """A line of JSON for each of `count` bodies: [body, signature or null where Python refuses it, unassigned]."""
    r = random.Random(seed)
    folder = pathlib.Path(__file__).parent.parent / "fixtures" / "monte-carlo"
    published = [json.loads((folder / name).read_text()) for name in PUBLISHED]
    for _ in range(count):
        kind = r.random()
        body = filled(r, r.choice(published)) if kind < 0.25 else random_object(r, 0)
        if kind > 0.9:
            body = spoiled(r, body)
        made = vector("", body)
        line = [body, made.get("signature"), unassigned(body) if "signature" in made else ""]
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


def unassigned(body):
    """Characters of the document that this Python's Unicode does not know: a newer one may print them."""
    return "".join(c for c in json.dumps(json.loads(body), ensure_ascii=False) if unicodedata.category(c) == "Cn")


if __name__ == "__main__":
    if sys.argv[1:2] == ["stream"]:
        stream(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
