// Names of artists found as lastfm_gnn/recommend/names.py finds them.

const ALIKE = 85;  // of 100: two names this much alike are one artist
const LONGEST_NAME = 500;  // letters that are compared
const letters = name => Uint32Array.from(Array.from(name).slice(0, LONGEST_NAME), letter => letter.codePointAt(0));

// A name without case, accents, punctuation and article.
function plain(name) {
  const folded = name.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
  const bare = folded.normalize("NFKD").replace(/\p{Mn}/gu, "");
  const words = bare.replaceAll("&", " and ").replace(/[^\p{L}\p{N}]+/gu, " ").trim().split(" ");
  return (words[0] === "the" && words.length > 1 ? words.slice(1) : words).join(" ") || folded;
}

const common = new Uint16Array(LONGEST_NAME + 1);

// How much of two names, arrays of code points, is in both in the same order: 0 to 100, as rapidfuzz's ratio.
function alike(one, other) {
  common.fill(0, 0, other.length + 1);
  for (let letter = 0; letter < one.length; letter++) {
    let diagonal = 0;
    for (let place = 0; place < other.length; place++) {
      const above = common[place + 1];
      common[place + 1] = one[letter] === other[place] ? diagonal + 1 : Math.max(common[place], above);
      diagonal = above;
    }
  }
  return 200 * common[other.length] / (one.length + other.length);
}

class Names {
  // names and listeners of the artists, by number
  constructor(names, listeners) {
    this.names = names;
    const order = [...names.keys()].sort((one, other) => listeners[one] - listeners[other] || one - other);
    // of several artists of a name it is the one with the most listeners, who comes last
    this.exact = new Map(order.map(artist => [names[artist], artist]));
    this.plain = names.map(plain);
    this.known = new Map(order.map(artist => [this.plain[artist], artist]));
    this.letters = [...this.known.keys()].map(key => [key, letters(key)]);
    this.popular = order.reverse();
    this.found = new Map();
  }

  // Number of the artist of just that name, else of the one who has it but for case, accents, punctuation and article,
  // else of the most alike; undefined where none is.
  find(name) {
    if (!this.found.has(name)) this.found.set(name, this.exact.get(name) ?? this.known.get(plain(name)) ?? this.most(plain(name)));
    return this.found.get(name);
  }

  most(key) {
    const wanted = letters(key);
    let best = ALIKE, found;
    for (const [other, known] of this.letters) {
      if (200 * Math.min(known.length, wanted.length) < best * (known.length + wanted.length)) continue;
      const ratio = alike(wanted, known);
      if (ratio > best || (ratio === best && found === undefined)) [best, found] = [ratio, other];
    }
    return this.known.get(found);
  }

  // The `count` artists with the most listeners whose name has these letters, those first whose name starts with them.
  complete(text, count) {
    const wanted = plain(text), first = [], more = [];
    for (const artist of this.popular) {
      const key = this.plain[artist];
      if (key.startsWith(wanted)) first.push(artist);
      else if (key.includes(wanted)) more.push(artist);
      if (first.length === count) break;
    }
    return [...first, ...more].slice(0, count).map(artist => this.names[artist]);
  }
}
