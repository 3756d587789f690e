// Listening histories as people have them, told apart by content: each becomes plays by artist.

const LEAST = 30_000;  // milliseconds: what is shorter is no play
const NAMED = 10;  // names, or lines, of a message
const HEADS = 5;  // lines that tell what a table is
const OLDEST = Date.UTC(2000), NEWEST = Date.UTC(2242);  // other times are those of a clock that was not set
const MOST_PLAYS = 2 ** 31 - 1, LONGEST = 1000;  // plays of an artist; letters of a line

const named = list => list.slice(0, NAMED).join(", ") + (list.length > NAMED ? ` and ${list.length - NAMED} more` : "");
const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// "Björk,120", "Björk" (one play), "Tyler, The Creator,3": what somebody wrote in a line, [artist, plays]; null if empty.
function written(line) {
  const [, start, count] = line.slice(0, LONGEST).match(/^(.*?)\s*(?:[,;\t]\s*(\d+)\s*)?$/su);
  const name = start.trim(), quoted = name.match(/^"((?:[^"]|"")*)"$/su);
  const artist = (quoted ? quoted[1].replaceAll('""', '"') : name).replace(/\s+/gu, " ").trim().normalize("NFC");
  return artist ? [artist, count === undefined ? 1 : Math.min(Number(count), MOST_PLAYS)] : null;
}

const HEADER = /^\uFEFF?\s*"?(?:artist|name)"?\s*[,;\t]\s*"?(?:count|plays)"?\s*$/iu;
// What stands where plays would, and is a number: "1.5", "-3", "1e3", behind a semicolon or tab also "1,5".
const NUMBER = /[,;\t]\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*$|[;\t]\s*([-+]?\d+,\d+)\s*$/iu;

// Of lines, of which the first may be a header: plays by artist, those of a repeated name added up, and what is wrong.
function listed(text) {
  const plays = new Map(), wrong = [];
  text.split(/\r\n|\r|\n/u).forEach((line, place) => {
    if (place === 0 && HEADER.test(line)) return;
    const [, one, other] = line.slice(0, LONGEST).match(NUMBER) ?? [], count = one ?? other;
    if (count !== undefined && !/^0*[1-9]\d*$/u.test(count)) {
      wrong.push(`line ${place + 1}: ${count} is no whole number of plays from 1 on`);
      return;
    }
    const [artist, played] = written(line) ?? [];
    if (artist) plays.set(artist, (plays.get(artist) ?? 0) + played);
  });
  return {plays, wrong};
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
  ["track_metadata", one => [one.track_metadata?.artist_name, one.track_metadata?.track_name, one.listened_at ?? one.timestamp]],
  ["uts", one => [one.artist, one.track, one.uts]],
  ["Event Type", one => [one["Event Type"] === "PLAY_END" ? one["Artist Name"] : "", one["Song Name"], one["Event End Timestamp"], one["Play Duration Milliseconds"]]],
  ["AlbumId", one => [one.Artist, one.Track, one.Date]],
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
  const heads = text.split(/\r?\n/u, HEADS).filter(line => line), [first = ""] = heads;
  if (/^"?uts"?,/u.test(first) || /"?Event Type"?/u.test(first)) return records(cells(text, ","));
  if (/^"?artist"?;"?album"?;"?albumid"?;"?track"?;"?date#/iu.test(first)) {
    return cells(text, ";").slice(1).map(([Artist, , AlbumId, Track, Date]) => ({Artist, AlbumId, Track, Date}));
  }
  // artist, album, track, "06 Sep 2026, 14:23"; only what is being played has no time
  const rows = heads.map(line => cells(line, ",")[0]), dated = /^\d{1,2} \p{L}{3} \d{4},? \d{2}:\d{2}$/u;
  if (rows.every(row => row?.length === 4) && rows.some(row => dated.test(row[3].trim()))) {
    return cells(text, ",").map(([artist, , track, uts]) => ({artist, track, uts}));
  }
  return null;
}

// Milliseconds since 1970 of a time: seconds or milliseconds since then, ISO 8601 or "06 Sep 2026, 14:23", in UTC where
// it names no zone. NaN for what is none.
function moment(when) {
  if (typeof when === "string" && when.endsWith("Z")) return Date.parse(when);  // of most plays, and fast
  const number = Number(when), text = String(when).replace(",", "");
  if (!Number.isNaN(number)) return number < 1e11 ? 1000 * number : number;
  if (!/^\d{4}-/u.test(text)) return Date.parse(`${text} UTC`);
  const iso = text.replace(" ", "T");
  return Date.parse(/T[^-+Z]*$/u.test(iso) ? `${iso}Z` : iso);
}

// A line on what was read and left out of a history. days: the first and the last moment.
function saidOf(name, plays, left, days) {
  const count = [...plays.values()].reduce((sum, one) => sum + one, 0);
  const out = Object.entries(left).filter(([, number]) => number).map(([why, number]) => `${number.toLocaleString("en")} ${why}`);
  const [first, last] = days.map(day => Number.isFinite(day) ? new Date(day).toISOString().slice(0, 10) : "");
  const all = `${name}: ${many(count, "play")} of ${many(plays.size, "artist")}, ${first ? `${first} to ${last}` : "without dates"}`;
  return `${all}${out.length ? `; left out: ${out.join(", ")}` : ""}.`;
}

const noText = name => new Error(`${name}: no text in UTF-8; drop a CSV, JSON or .scrobbler.log file`);

// The text of a Blob. Throws an Error where it is not UTF-8.
async function textOf(blob, name) {
  const bytes = await blob.arrayBuffer();
  try {
    return new TextDecoder("utf-8", {fatal: true}).decode(bytes);
  } catch {
    throw noText(name);
  }
}

// What a file says: plays by artist, how many were left out and why, if it is a history, and a line on that. seen: plays
// that were read before. Throws an Error with a clear line for what is none.
function historyOf(text, name, seen = new Set()) {
  const content = text.replace(/^\uFEFF/u, "");
  if (content.includes("\0")) throw noText(name);
  let all;
  try {
    all = exported(content);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
  if (!all) {
    const {plays, wrong} = listed(content);
    if (!plays.size) throw new Error(wrong.length ? `${name}, ${named(wrong)}` : `${name}: no artist in it; write a line an artist, as Muse,12`);
    return {plays, said: `${name}: ${many(plays.size, "artist")}${wrong.length ? `; left out: ${named(wrong)}` : ""}.`};
  }
  const nameless = "podcasts and other entries without an artist";
  const plays = new Map(), left = {[nameless]: 0, "shorter than 30 s": 0, "there twice": 0}, days = [Infinity, -Infinity];
  for (const one of all) {
    const form = one && typeof one === "object" && FORMS_OF_HISTORY.find(([key]) => Object.hasOwn(one, key));
    if (!form) throw new Error(`${name}: no listening history that this page knows; drop a CSV of artist and count`);
    const [artist, track, when, milliseconds] = form[1](one), key = JSON.stringify([artist, track, when]);
    if (typeof artist !== "string" || !artist.trim()) left[nameless]++;
    else if (milliseconds !== undefined && milliseconds !== "" && Number(milliseconds) < LEAST) left["shorter than 30 s"]++;
    else if (when && seen.has(key)) left["there twice"]++;
    else {
      seen.add(key);
      const [clean] = written(`"${artist.replaceAll('"', '""')}"`) ?? [];
      plays.set(clean, (plays.get(clean) ?? 0) + 1);
      const time = moment(when);
      if (time >= OLDEST && time < NEWEST) [days[0], days[1]] = [Math.min(days[0], time), Math.max(days[1], time)];
    }
  }
  return {plays, left, days, said: saidOf(name, plays, left, days)};
}
