"""The page that recommends, in a browser: its order and reasons are the command line's, names are text, it asks no
network, and it can be used by keyboard and on a phone."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from playwright.sync_api import expect

import generate_dataset
import make_recommend_page
import recommend_artists
from lastfm_gnn.core.program import InputError
from lastfm_gnn.ranking.graph_filter import FilterSettings, GraphFilter
from lastfm_gnn.recommend.artists import highest
from lastfm_gnn.recommend.names import ArtistNames
from lastfm_gnn.recommend.page import filter_parts
from opened_page import HOSTILE, LISTENS, PAGE, SCRIPT, SMALL, opened_pages


@pytest.fixture
def opened(browser, tmp_path):
    with opened_pages(browser, tmp_path) as called:
        yield called


@pytest.fixture
def page(opened):
    return opened(SMALL, HOSTILE)


@pytest.fixture(scope="module")
def listens(tmp_path_factory) -> sp.csr_array:
    """Plays (U, A) of 400 users of 2,000 artists, few of whom are popular."""
    folder = tmp_path_factory.mktemp("raw")
    generate_dataset.main(["--users=400", "--artists=2000", "--listens=16000", f"--output-folder={folder}"])
    rows = pd.read_csv(folder / "user_artists.dat", sep="\t")
    pair = rows.userID.factorize()[0], rows.artistID.factorize()[0]
    return sp.csr_array((rows.weight.to_numpy(np.float32), pair))


@pytest.mark.parametrize(
    "settings",
    [FilterSettings(60, 3, 0.25, 0.13, 0.1), FilterSettings(200, 8, 0, 0, 0), FilterSettings(1, 1, 1, 1, 0)],
)
def test_order_of_many_people_is_the_command_lines(opened, listens, settings):
    graph = GraphFilter(listens, settings)
    page = opened(graph, [str(number) for number in range(listens.shape[1])])
    random = np.random.default_rng(0)
    people = []
    for _ in range(100):  # some artists of a user, and some others
        row = listens[[random.integers(listens.shape[0])]]
        known = row.indices[random.random(row.nnz) < 0.7]
        artists = np.union1d(known, random.integers(0, listens.shape[1], random.integers(1, 10)))
        people.append([artists.tolist(), random.integers(1, 1000, len(artists)).tolist()])
    found = page.evaluate(
        """people => people.map(([artists, counts]) => {
            const weights = graph.weigh(new Map(artists.map((artist, place) => [artist, counts[place]])));
            return graph.best(graph.scores(weights), weights, 0, 50);
        })""",
        people,
    )
    swapped = 0
    for (artists, counts), best in zip(people, found, strict=True):
        row = sp.csr_array((np.float32(counts), (np.zeros_like(artists), artists)), (1, listens.shape[1]))
        weights = graph.weigh(row)
        scores = graph.scores(weights, None)[0]
        scores[artists] = -np.inf
        expected = highest(scores, 50)
        # single precision cannot tell scores apart that differ by less than this
        np.testing.assert_allclose(scores[best], scores[expected], rtol=0, atol=2e-6 * scores[expected[0]])
        swapped += (np.array(best) != expected).sum()
    assert swapped <= 5  # of 5,000


def test_what_is_shown_is_what_the_command_line_prints(browser, tiny_tables, tiny_champion, tmp_path, capsys):
    tables, page_file = f"--tables={tiny_tables}", tmp_path / "recommend.html"
    make_recommend_page.main(
        [tables, f"--filter-run={tiny_champion.filter_run}", f"--page={PAGE}", f"--output={page_file}"]
    )
    names = pd.read_parquet(tiny_tables / "artists.parquet").name
    page = browser.new_page()
    page.goto(f"file://{page_file}")
    expect(page.locator("#data")).to_contain_text("Made from generated data")
    expect(page.locator("#data")).to_contain_text("30 users, 60 artists, 600 listens")
    assert "command line" not in page.inner_text("body")  # visitors know none
    for number, text in enumerate(
        ["{0},12\n{1},3\n{2},400\nnobody at all,7\n", "{3}\n", "{4},5\n{5},5\n{6},1\n{4},2\n"]
    ):
        lines = text.format(*names)
        (tmp_path / f"{number}.csv").write_text(lines if "," in lines else f"{lines.strip()},1\n")
        capsys.readouterr()
        tilt = ("0", "-0.4", "0.8")[number]
        options = [f"--plays={tmp_path}/{number}.csv", f"--tilt={tilt}", "--top=20", "--format=json"]
        recommend_artists.main([tables, f"--champion={tiny_champion.folder}", *options])
        printed = json.loads(capsys.readouterr().out)
        page.fill("#artists", lines)
        page.fill("#tilt", tilt)
        place = ("in the middle: the best match", "rarer artists (-0.4)", "more popular artists (0.8)")[number]
        expect(page.locator("#tilted")).to_have_text(place)
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", place)
        rows = page.locator("#recommended li")
        assert rows.locator(".artist").all_inner_texts()[:20] == [row["artist"] for row in printed]
        for place, row in enumerate(printed):
            shares = ", ".join(f"{one['artist']} {round(100 * one['share'])}\u00a0%" for one in row["listens"])
            expect(rows.nth(place).locator(".reasons")).to_have_text(f"because of {shares}" if shares else "")
            assert rows.nth(place).locator(".reasons").text_content().count("\u00a0%") == len(row["listens"])
    page.close()


def test_names_are_text_and_found_whatever_they_look_like(page):
    page.fill("#artists", "\n".join(HOSTILE[:6]))
    expect(page.locator("#found")).to_contain_text("6 artists found")
    expect(page.locator("#recommended .artist")).to_have_text(["Björk"])
    expect(page.locator("#recommended .reasons")).to_contain_text("because of")
    page.fill("#artists", 'bjork, 12\nTyler, The Creator,3\n"constructor",4\nvalueOf\n\nhasOwnProperty,2')
    expect(page.locator("#found")).to_contain_text("3 artists found. bjork is taken for Björk.")
    expect(page.locator("#found")).to_contain_text("Not in the data: valueOf, hasOwnProperty")
    shown = page.locator("#recommended .artist").all_inner_texts()
    assert sorted(shown) == sorted(set(HOSTILE) - {"Björk", "Tyler, The Creator", "constructor"})
    address = page.get_by_label(f"look up {SCRIPT} on Last.fm", exact=True).get_attribute("href")
    assert address.startswith("https://www.last.fm/search/artists?q=%3Cscript%3E") and '"' not in address
    assert page.title() == "Artists for you" and page.locator("main img, main script").count() == 0


def test_nothing_is_asked_of_a_network(page):
    page.fill("#artists", "Björk")
    page.get_by_role("link").first.wait_for()
    assert page.requests == [page.url]
    refused = page.evaluate("fetch('https://example.org').then(() => 'answered', () => 'refused')")
    assert refused == "refused"
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))"
        )
    assert page.title() == "Artists for you"
    assert all(url == page.url or "example.org" in url for url in page.requests)


def test_keyboard_alone_is_enough(page):
    page.keyboard.press("Tab")
    page.keyboard.type("Björk")
    page.keyboard.press("Tab")
    page.keyboard.type("tyl")
    assert page.locator("#known option").first.get_attribute("value") == "Tyler, The Creator"
    page.fill("#add", "Tyler, The Creator")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_text("2 artists found. ")
    assert page.input_value("#artists") == "Björk\nTyler, The Creator" and page.input_value("#add") == ""
    names = page.locator("#recommended .artist")
    expect(names).to_have_count(5)
    orders = []
    for key in ("Home", "End"):  # rare, popular
        page.focus("#tilt")
        page.keyboard.press(key)
        orders.append(names.all_inner_texts())
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_of_equal_scores_rare_or_popular_artists_come_first(page):
    """Artists 0 to 6 have 3, 4, 5, 6, 7, 7 and 7 listeners."""
    best = "tilt => graph.best(new Float64Array(7).fill(1), new Map([[2, 1]]), tilt, 5)"
    assert page.evaluate(best, 0.5) == [4, 5, 6, 3, 1]
    assert page.evaluate(best, -0.5) == [0, 1, 3, 4, 5]
    assert page.evaluate(best, -0.1) == [0, 1, 3, 4, 5, 6][:5]  # it takes the filter's 0.1 back: all are equal


def contrast(*colours: str) -> float:
    """Of two colours, as rgb(0, 0, 0), by WCAG 2: from 1 to 21."""
    parts = np.array([[int(one) / 255 for one in colour[4:-1].split(",")] for colour in colours])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    least, most = np.sort(linear @ [0.2126, 0.7152, 0.0722])
    return (most + 0.05) / (least + 0.05)


def test_a_phone_and_the_dark_are_served(opened):
    page = opened(SMALL, [*HOSTILE[:6], "W" * 80], viewport={"width": 320, "height": 600}, color_scheme="dark")
    page.fill("#artists", "\n".join(HOSTILE[:5]))
    expect(page.locator("#recommended li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert all(link.bounding_box()["height"] >= 24 for link in page.get_by_role("link").all())
    colours = "['color', 'backgroundColor'].map(name => getComputedStyle(document.querySelector('textarea'))[name])"
    dark = page.evaluate(colours)
    colour, behind = (
        page.evaluate(f"getComputedStyle(document.getElementById('add'), {part}).{name}")
        for part, name in (("'::placeholder'", "color"), ("null", "backgroundColor"))
    )
    assert contrast(colour, behind) >= 4.5
    page.emulate_media(color_scheme="light")
    assert page.evaluate(colours) != dark


def test_names_are_found_as_the_command_line_finds_them(opened):
    known = [
        "Björk",
        "The Beatles",
        "Simon & Garfunkel",
        "AC/DC",
        "Bread",
        "BREAD!",
        "Straße",
        "!!!",
        "The The",
        "Ｗide",
        "Edan",
        "Abcde",
    ]
    listeners = [5, 9, 3, 4, 1, 2, 6, 7, 8, 3, 4, 4]
    rows = np.arange(10)[:, None] < np.array(listeners)
    graph = GraphFilter(sp.csr_array(rows.astype(np.float32)), FilterSettings(3, 3, 0.25, 0.1, 0))
    page = opened(graph, known)
    asked = [
        "BREAD!",
        "Bread",
        "bjork",
        "BJÖRK",
        "Beatles",
        "Beetles",
        "Simon and Garfunkel",
        "ac dc",
        "bread",
        "Breed",
    ]
    asked += [
        "Nobody",
        "!!!",
        "!!!!",
        "strasse",
        "STRAẞE",
        "the",
        "the the",
        "wide",
        "Simn Garfunkle",
        "",
        "Βjörk",
        "🎵",
        "Dan",
        "Abcdef",
        "Abcd🎵e",
    ]
    artists = pd.DataFrame({"number": range(12), "name": known, "listeners": listeners, "mbid": ""})
    expected = ArtistNames(artists).find(asked, {})
    assert page.evaluate("asked => asked.map(name => names.find(name) ?? null)", asked) == [
        expected[one].number for one in asked
    ]


def test_likeness_is_the_command_lines(opened):
    random = np.random.default_rng(0)
    known = list(dict.fromkeys("".join(random.choice([*"abc "], random.integers(3, 20))) for _ in range(500)))
    asked = []
    for name in known[::2]:  # some letters more or less
        for place in random.integers(0, len(name), random.integers(1, 5)):
            name = name[:place] + random.choice(["", "a", "é", "🎵"]) + name[place + random.integers(0, 2) :]
        asked.append(name)
    everybody = sp.csr_array(np.ones((2, len(known)), dtype=np.float32))
    page = opened(GraphFilter(everybody, FilterSettings(1, 1, 0, 0, 0)), known)
    artists = pd.DataFrame({"number": range(len(known)), "name": known, "listeners": 2, "mbid": ""})
    expected = ArtistNames(artists).find(asked, {})
    assert 50 < sum(match.by == "likeness" for match in expected.values()) < len(asked)
    found = page.evaluate("asked => asked.map(name => names.find(name) ?? null)", asked)
    assert found == [expected[name].number for name in asked]


def test_an_edge_that_no_polynomial_follows_is_told():
    graph = GraphFilter(LISTENS, FilterSettings(3, np.inf, 0.25, 0.1, 0))
    filter_parts(graph)  # all waves are given
    random = np.random.default_rng(0)
    many = sp.csr_array((random.random((60, 90)) < 0.2).astype(np.float32))
    with pytest.raises(InputError, match="the graph filter's edge, of order inf, is too sharp for a page"):
        filter_parts(GraphFilter(many, FilterSettings(30, np.inf, 0.25, 0.1, 0)))
