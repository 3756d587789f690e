// Zip archives, as exports come in them.

const MOST_BYTES = 2 ** 30;  // of all that is unpacked of an archive
const HISTORY = /\.(json|jsonl|csv|log|listens)$/iu;
const ZIP = /\.zip$/iu;

// An empty zip has only its end.
const isZip = async file => ["PK\x03\x04", "PK\x05\x06"].includes(await file.slice(0, 4).text());

// All that a zip has: names, bytes when unpacked, and functions that unpack to a Blob. Throws an Error with a clear line.
async function entries(file) {
  const bad = why => new Error(`${file.name}: ${why}`), cut = () => bad("a zip that is cut; get it anew");
  const part = async (from, to) => new DataView(await file.slice(from, to).arrayBuffer());
  const start = Math.max(0, file.size - 22 - 65535), tail = await part(start, file.size);  // a comment may follow
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw cut();
  const size = tail.getUint32(end + 12, true), from = tail.getUint32(end + 16, true);
  const directory = await part(from, from + size), found = [];
  for (let place = 0; place < size; ) {
    if (place + 46 > directory.byteLength || directory.getUint32(place, true) !== 0x02014b50) {
      throw bad("a zip that this page cannot read; unpack it first");
    }
    const [method, length] = [directory.getUint16(place + 10, true), directory.getUint32(place + 20, true)];
    const [nameLength, ...others] = [28, 30, 32].map(field => directory.getUint16(place + field, true));
    const bytes = directory.getUint32(place + 24, true), local = directory.getUint32(place + 42, true);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, place + 46, nameLength));
    const unpacked = async () => {
      const header = await part(local, local + 30);
      const content = local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
      const packed = file.slice(content, content + length);
      if (method === 0) return packed;
      if (method !== 8) throw bad("packed in a way that this page cannot read; unpack it first");
      let left = bytes;  // who made the zip may have lied
      const counted = new TransformStream({transform(chunk, out) {
        left -= chunk.length;
        if (left < 0) throw cut();
        out.enqueue(chunk);
      }});
      const stream = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(counted);
      return new Response(stream).blob().catch(() => { throw cut(); });
    };
    found.push({name, bytes, unpacked});
    place += 46 + nameLength + others[0] + others[1];
  }
  return found;
}

// The entries that a history may be in, of a zip and of those in it. Throws an Error with a clear line.
async function members(file) {
  const found = [];
  let bytes = 0;
  async function look(zip, inner) {
    for (const one of (await entries(zip)).filter(({name}) => HISTORY.test(name) || ZIP.test(name))) {
      bytes += one.bytes;
      if (bytes > MOST_BYTES) throw new Error(`${file.name}: more than a gigabyte when unpacked; unpack it and drop the histories alone`);
      if (HISTORY.test(one.name)) found.push(one);
      else {
        const other = new File([await one.unpacked()], `${zip.name}/${one.name}`);
        if (!await isZip(other)) continue;
        if (inner) throw new Error(`${other.name}: a zip in a zip in a zip; unpack it first`);
        await look(other, true);
      }
    }
  }
  if (!(await entries(file)).length) throw new Error(`${file.name}: an empty zip`);
  await look(file, false);
  return found;
}

// What an archive says, as historyOf: of all its histories together; other files are left out.
async function historyOfZip(file, seen = new Set()) {
  const plays = new Map(), left = {}, days = [Infinity, -Infinity];
  let read = 0;
  for (const {name, unpacked} of await members(file)) {
    const content = await unpacked();
    try {
      const history = historyOf(await textOf(content, name), name, seen);
      if (!history.left) continue;  // any table, taken for a list of artists
      read++;
      for (const [artist, count] of history.plays) plays.set(artist, (plays.get(artist) ?? 0) + count);
      for (const [why, count] of Object.entries(history.left)) left[why] = (left[why] ?? 0) + count;
      [days[0], days[1]] = [Math.min(days[0], history.days[0]), Math.max(days[1], history.days[1])];
    } catch {
      continue;
    }
  }
  if (!read) throw new Error(`${file.name}: no listening history in it that this page knows`);
  return {plays, said: saidOf(file.name, plays, left, days)};
}
