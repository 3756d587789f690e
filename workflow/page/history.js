// Listening histories as people have them, told apart by content: each becomes plays by artist.

const LEAST = 30_000;  // milliseconds: what is shorter is no play
const MOST_PLAYS = 2 ** 31 - 1, LONGEST = 1000;  // plays of an artist; letters of a line

// "Björk,120", "Björk" (one play), "Tyler, The Creator,3": what somebody wrote in a line, [artist, plays]; null if empty.
function written(line) {
  const [, start, count] = line.slice(0, LONGEST).match(/^(.*?)\s*(?:[,;\t]\s*(\d{1,10})\s*)?$/su);
  const name = start.trim(), quoted = name.match(/^"((?:[^"]|"")*)"$/su);
  const artist = (quoted ? quoted[1].replaceAll('""', '"') : name).replace(/\s+/gu, " ").trim().normalize("NFC");
  return artist ? [artist, count === undefined ? 1 : Math.min(Number(count), MOST_PLAYS)] : null;
}

// Plays by artist of lines, of which a first `artist,count` is none; those of a repeated name are added up.
function listed(text) {
  const plays = new Map();
  text.split(/[\r\n]+/u).forEach((line, number) => {
    if (number === 0 && /^\uFEFF?\s*"?artist"?\s*[,;\t]\s*"?count"?\s*$/iu.test(line)) return;
    const [artist, count] = written(line) ?? [];
    if (count) plays.set(artist, (plays.get(artist) ?? 0) + count);
  });
  return plays;
}

// Rows of cells of a CSV.
function cells(text, separator) {
  const rows = [], cell = new RegExp(`("(?:[^"]|"")*"|[^${separator}\r\n]*)(${separator}|\r?\n|\r|$)`, "gu");
  let row = [];
  for (const [all, content, end] of text.matchAll(cell)) {
    row.push(content.startsWith('"') ? content.slice(1, -1).replaceAll('""', '"') : content);
    if (end === separator) continue;
    if (row.length > 1 || row[0]) rows.push(row);
    row = [];
    if (!end && !all) break;
  }
  return rows;
}

// Objects of a CSV with a header.
function records(rows) {
  const [header, ...others] = rows;
  return others.map(row => Object.fromEntries(header.map((name, place) => [name.trim(), row[place] ?? ""])));
}

// Each form: the key that it alone has, and of one of its records, artist, track, when and, where known, milliseconds.
const FORMS_OF_HISTORY = [
  ["ms_played", one => [one.master_metadata_album_artist_name, one.spotify_track_uri ?? one.master_metadata_track_name, one.ts, one.ms_played]],
  ["msPlayed", one => [one.artistName, one.trackName, one.endTime, one.msPlayed]],
  ["track_metadata", one => [one.track_metadata?.artist_name, one.track_metadata?.track_name, one.listened_at]],
  ["uts", one => [one.artist, one.track, one.uts]],
  ["Event Type", one => [one["Event Type"] === "PLAY_END" ? one["Artist Name"] : "", one["Song Name"], one["Event End Timestamp"], one["Play Duration Milliseconds"]]],
  ["AlbumId", one => [one.Artist, one.Track, one[Object.keys(one).find(key => key.startsWith("Date"))]]],
  ["scrobbled", one => [one.rating === "S" ? "" : one.artist, one.track, one.scrobbled, one.seconds && 1000 * one.seconds]],
];

// The records of an export, or null where the text is none.
function exported(text) {
  if (/^\s*[[{]/u.test(text)) {
    try {
      const whole = JSON.parse(text);
      return Array.isArray(whole) ? whole : [whole];
    } catch {
      try {
        return text.split("\n").filter(line => line.trim()).map(line => JSON.parse(line));
      } catch {
        throw new Error("no readable JSON; export it anew");
      }
    }
  }
  if (text.startsWith("#AUDIOSCROBBLER/")) {
    const lines = text.split(/\r?\n/u).filter(line => line && !line.startsWith("#")).map(line => line.split("\t"));
    return lines.map(([artist, , track, , seconds, rating, scrobbled = ""]) => ({artist, track, seconds, rating, scrobbled}));
  }
  const [first] = text.split(/\r?\n/u, 1);
  if (/^"?uts"?,/u.test(first) || /"?Event Type"?/u.test(first)) return records(cells(text, ","));
  if (/^Artist;Album;AlbumId;Track;Date/u.test(first)) return records(cells(text, ";"));
  const dated = /,"?\d{1,2} \p{L}{3} \d{4},? \d{2}:\d{2}"?$/u;  // artist, album, track, "06 Sep 2026, 14:23"
  if (dated.test(first)) return cells(text, ",").map(([artist, , track, uts]) => ({artist, track, uts}));
  return null;
}

// A line on what was read and left out of a history.
function saidOf(name, plays, left) {
  const number = count => count.toLocaleString("en");
  const count = [...plays.values()].reduce((sum, one) => sum + one, 0);
  const out = Object.entries(left).filter(([, many]) => many).map(([why, many]) => `${number(many)} ${why}`);
  const all = `${name}: plays ${number(count)}, artists ${number(plays.size)}`;
  return `${all}${out.length ? `; left out: ${out.join(", ")}` : ""}.`;
}

// What a file says: plays by artist, how many were left out and why, if it is a history, and a line on that. seen: plays
// that were read before. Throws an Error with a clear line for what is none.
function historyOf(text, name, seen = new Set()) {
  const content = text.replace(/^\uFEFF/u, "");
  if (/[\0\uFFFD]/u.test(content)) throw new Error(`${name}: no text in UTF-8; drop a CSV, JSON or .scrobbler.log file`);
  let all;
  try {
    all = exported(content);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
  if (!all) {
    const plays = listed(content);
    if (!plays.size) throw new Error(`${name}: no artist in it; write a line an artist, as Muse,12`);
    return {plays, said: `${name}: artists ${plays.size.toLocaleString("en")}.`};
  }
  const plays = new Map(), left = {"without an artist": 0, "shorter than 30 s": 0, "there twice": 0};
  for (const one of all) {
    const form = one && typeof one === "object" && FORMS_OF_HISTORY.find(([key]) => Object.hasOwn(one, key));
    if (!form) throw new Error(`${name}: no listening history that this page knows; drop a CSV of artist and count`);
    const [artist, track, when, milliseconds] = form[1](one), key = JSON.stringify([artist, track, when]);
    if (typeof artist !== "string" || !artist.trim()) left["without an artist"]++;
    else if (milliseconds !== undefined && milliseconds !== "" && Number(milliseconds) < LEAST) left["shorter than 30 s"]++;
    else if (when && seen.has(key)) left["there twice"]++;
    else {
      seen.add(key);
      const [clean] = written(`"${artist.replaceAll('"', '""')}"`) ?? [];
      plays.set(clean, (plays.get(clean) ?? 0) + 1);
    }
  }
  return {plays, left, said: saidOf(name, plays, left)};
}
