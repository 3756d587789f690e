// Zip archives, as exports come in them.

const MOST_BYTES = 2 ** 30;  // of all that is unpacked of an archive
const HISTORY = /\.(json|jsonl|csv|log|listens)$/iu;

const isZip = async file => await file.slice(0, 4).text() === "PK\x03\x04";

// The members that a history may be in, [name, function that gives its text]. Throws an Error with a clear line.
async function members(file) {
  const part = async (from, to) => new DataView(await file.slice(from, to).arrayBuffer());
  const start = Math.max(0, file.size - 22 - 65535), tail = await part(start, file.size);  // a comment may follow
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error(`${file.name}: a zip that is cut; get it anew`);
  const size = tail.getUint32(end + 12, true), from = tail.getUint32(end + 16, true);
  const directory = await part(from, from + size);
  const found = [];
  let bytes = 0;
  for (let place = 0; place < size; ) {
    if (place + 46 > directory.byteLength || directory.getUint32(place, true) !== 0x02014b50) {
      throw new Error(`${file.name}: a zip that this page cannot read; unpack it first`);
    }
    const [method, length] = [directory.getUint16(place + 10, true), directory.getUint32(place + 20, true)];
    const [nameLength, ...others] = [28, 30, 32].map(field => directory.getUint16(place + field, true));
    const local = directory.getUint32(place + 42, true);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, place + 46, nameLength));
    if (HISTORY.test(name)) {
      bytes += directory.getUint32(place + 24, true);
      found.push([name, async () => {
        const header = await part(local, local + 30);
        const content = local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
        const packed = file.slice(content, content + length);
        if (method === 0) return packed.text();
        if (method !== 8) throw new Error("packed in a way that this page cannot read");
        return new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
      }]);
    }
    place += 46 + nameLength + others[0] + others[1];
  }
  if (bytes > MOST_BYTES) throw new Error(`${file.name}: more than a gigabyte when unpacked; unpack it and drop the histories alone`);
  return found;
}

// What an archive says, as historyOf: of all its histories together; what is none is passed over.
async function historyOfZip(file) {
  const plays = new Map(), seen = new Set(), left = {};
  let read = 0;
  for (const [name, text] of await members(file)) {
    try {
      const history = historyOf(await text(), name, seen);
      if (!history.left) continue;  // any table, taken for a list of artists
      read++;
      for (const [artist, count] of history.plays) plays.set(artist, (plays.get(artist) ?? 0) + count);
      for (const [why, count] of Object.entries(history.left)) left[why] = (left[why] ?? 0) + count;
    } catch {
      continue;
    }
  }
  if (!read) throw new Error(`${file.name}: no listening history in it that this page knows`);
  return {plays, said: saidOf(file.name, plays, left)};
}
