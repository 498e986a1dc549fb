"""One-line mutants of C++ sources, found by the shape of the text alone.

Sources are expected as clang-format leaves them: operators between spaces, a function's closing brace at the start of a line.
Comments, strings, preprocessor lines, errors, and the functions that declare a method's options, traits and claims are left alone.
"""
import re
from dataclasses import dataclass

TEXT_FUNCTIONS = re.compile(
    r"(::|\s)(options|traits|claims|claims_of_derivatives|explainers|name_of|word_of|cam_table|facts)\(")
BINARY = re.compile(r"(?<=[\w)\]]) ([-+*/]) (?=[\w(!&*-])")
COMPARISON = re.compile(r" (<|>|<=|>=|==|!=|&&|\|\|) ")
FLIPPED = {"<": ("<=", ">"), ">": (">=", "<"), "<=": ("<",), ">=": (">",), "==": ("!=",), "!=": ("==",), "&&": ("||",),
           "||": ("&&",)}
PAIRS = [("clamp_min", "clamp_max"), ("at::minimum", "at::maximum"), ("std::min", "std::max"), ("min_element", "max_element"),
         ("amin", "amax"), ("argmin", "argmax"), (".min()", ".max()")]
COMPARING_CALLS = [(".gt(", ".ge("), (".lt(", ".le("), (".eq(", ".ne("), ("logical_and", "logical_or")]
INDEXING = re.compile(r"(\[|\b(?:select|narrow|size|sum|mean|amax|amin|flatten|slice|unsqueeze|squeeze|index_select|norm)\()$")
# What ends an operand, by how tightly its operator binds.
LOOSE = (",", ";", " ? ", " : ", " < ", " > ", " <= ", " >= ", " == ", " != ", " && ", " || ", " = ", " += ", " -= ", " *= ")
ENDS = {"+": LOOSE + (" + ", " - "), "-": LOOSE + (" + ", " - "), "*": LOOSE + (" + ", " - ", " * ", " / "),
        "/": LOOSE + (" + ", " - ", " * ", " / ")}
STARTS = ("return ",)


@dataclass(frozen=True)
class Mutant:
    file: str
    line: int  # from 1
    kind: str
    old: str
    new: str

    def key(self):
        return (self.file, self.old.strip(), self.new.strip())

    def text(self):
        return f"{self.file}:{self.line} [{self.kind}]\n- {self.old.strip()}\n+ {self.new.strip()}"


def masked(line):
    """The line with strings, character literals and comments blanked, each at its length."""
    blank = lambda match: match.group(0)[0] + "\x00" * (len(match.group(0)) - 1)
    line = re.sub(r'"(?:\\.|[^"\\])*"', blank, line)
    line = re.sub(r"'(?:\\.|[^'\\])+'", blank, line)
    line = re.sub(r"/\*.*?\*/", lambda match: "\x00" * len(match.group(0)), line)
    return re.sub(r"//.*", lambda match: "\x00" * len(match.group(0)), line)


def operand_end(text, start, operator):
    """Where the operand that begins at `start` ends; None where that is on another line."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0 and any(text.startswith(end, at) for end in ENDS[operator]):
            return at
    return None


def operand_start(text, end, operator):
    """Where the operand that stops before `end` begins; None where that is on another line."""
    depth = 0
    for at in range(end - 1, -1, -1):
        if text[at] in ")]}":
            depth += 1
        elif text[at] in "([{":
            if depth == 0:
                return at + 1
            depth -= 1
        elif depth == 0:
            for stop in ENDS[operator] + STARTS:
                if stop != "," and text.startswith(stop, at + 1 - len(stop)) and at + 1 >= len(stop):
                    return at + 1
            if text.startswith(", ", at):
                return at + 2
    return None


def other_number(text):
    if re.fullmatch(r"\d+", text):
        return {"0": "1", "1": "2"}.get(text, str(int(text) + 1))
    return f"({text} * 2)"


def mutants_of_line(line):
    """Pairs of kind and changed line."""
    text = masked(line)
    has_text = '"' in text or "std::string" in text or "to_string" in text
    out = []
    put = lambda kind, begin, end, by: out.append((kind, line[:begin] + by + line[end:]))
    for match in BINARY.finditer(text):
        operator, begin, end = match.group(1), match.start(), match.end()
        if has_text:
            continue
        if operator in "+-":
            put("sign", begin, end, " - " if operator == "+" else " + ")
        stop = operand_end(text, end, operator)
        if stop is not None:
            put("drop", begin, stop, "")
        start = operand_start(text, begin, operator)
        if operator in "+*" and start is not None:
            put("drop", start, end, "")
    for match in re.finditer(r" ([-+])= ", text):
        if not has_text:
            put("sign", match.start(), match.end(), " -= " if match.group(1) == "+" else " += ")
    match = re.fullmatch(r"(\s*)[\w.\[\]>()-]+ [-+*/]= .*;", text)
    if match and not has_text:
        put("drop", len(match.group(1)), len(line), ";")
    for match in re.finditer(r"(?<=[(,=?:] )-(?=[\w(])|(?<=\()-(?=[\w(])|(?<=return )-(?=[\w(])", text):
        put("sign", match.start(), match.end(), "")
    for pairs, kind in ((PAIRS, "min-max"), (COMPARING_CALLS, "comparison")):
        for one, other in pairs:
            for word, by in ((one, other), (other, one)):
                for match in re.finditer(re.escape(word) + r"(?!\w)" if word[-1].isalnum() else re.escape(word), text):
                    put(kind, match.start(), match.end(), by)
    for match in COMPARISON.finditer(text):
        for by in FLIPPED[match.group(1)]:
            put("comparison", match.start(), match.end(), f" {by} ")
    for match in re.finditer(r"(?<=[(& |=])!(?=[\w(])", text):
        put("comparison", match.start(), match.end(), "")
    for match in re.finditer(r"\.(clone|detach)\(\)", text):
        put("copy", match.start(), match.end(), "")
    for match in re.finditer(r"(?<![\w.>])(\d+\.\d+(?:e-?\d+)?|\d+e-?\d+|\d+)(?![\w.])", text):
        before = text[:match.start()]
        kind = "index" if INDEXING.search(before) or re.search(r"[\w)\]] [-+] $", before) else "constant"
        put(kind, match.start(), match.end(), other_number(match.group(1)))
    return out


def mutants_of_file(name, content):
    """All of a file, in its order."""
    out, skips_function, in_throw = [], False, False
    for number, line in enumerate(content.split("\n"), 1):
        if line.startswith("}"):
            skips_function = False
        text = masked(line)
        if line and not line[0].isspace() and TEXT_FUNCTIONS.search(text) and not text.rstrip().endswith("}"):
            skips_function = not text.rstrip().endswith(";")
        if re.search(r"\bthrow", text):
            in_throw = True
        ended = text.rstrip("\x00 ").endswith(";") or text.rstrip("\x00 ").endswith("}")
        is_code = not (skips_function or in_throw or line.startswith("#") or not text.strip("\x00 ") or
                       re.match(r"\s*(case .*: return '|using |namespace |class |struct |enum |template )", text) or
                       TEXT_FUNCTIONS.search(text) and not line[:1].isspace())
        if in_throw and ended:
            in_throw = False
        if not is_code:
            continue
        seen = set()
        for kind, changed in mutants_of_line(line):
            if changed != line and changed not in seen:
                seen.add(changed)
                out.append(Mutant(name, number, kind, line, changed))
    return out
