// Names of artists found as lastfm_gnn/recommend/names.py finds them.

const ALIKE = 85;  // of 100: two names this much alike are one artist
const SHORTEST = 6;  // letters of a name that is guessed: of short ones too many are alike
const CHANGED = 0.783;  // of a name's letters: so many groups of three change at most, as AlikeNames of names.py says
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

// The groups of three letters of a name, with two marks at each end.
function grams(name) {
  const padded = ["\0", "\0", ...name, "\0", "\0"];
  return padded.slice(2).map((letter, place) => padded[place] + padded[place + 1] + letter);
}

// Finds among many names the one most like another, as AlikeNames of names.py: who shares too few groups is not compared,
// and names of fewer than SHORTEST letters are like none.
class AlikeNames {
  constructor(names) {
    this.names = names;
    this.places = new Map();
    names.forEach((name, place) => {
      if (letters(name).length < SHORTEST) return;
      for (const gram of new Set(grams(name))) {
        if (this.places.has(gram)) this.places.get(gram).push(place);
        else this.places.set(gram, [place]);
      }
    });
    this.shared = new Uint16Array(names.length);
  }

  // The first of the most alike, if it is ALIKE.
  nearest(name) {
    const groups = grams(name), wanted = letters(name), near = [];
    const least = groups.length - Math.trunc(CHANGED * (groups.length - 2));
    if (wanted.length < SHORTEST) return undefined;
    this.shared.fill(0);
    for (const gram of groups) {
      for (const place of this.places.get(gram) ?? []) if (++this.shared[place] === least) near.push(place);
    }
    let best = ALIKE, found;
    for (const place of near.sort((one, other) => one - other)) {
      const ratio = alike(wanted, letters(this.names[place]));
      if (ratio > best || (ratio === best && found === undefined)) [best, found] = [ratio, this.names[place]];
    }
    return found;
  }
}

class Names {
  // names and listeners of the artists, by number
  constructor(names, listeners) {
    this.names = names;
    const order = [...names.keys()].sort((one, other) => listeners[one] - listeners[other] || one - other);
    // of several artists of a name it is the one with the most listeners, who comes last
    this.exact = new Map(order.map(artist => [names[artist], artist]));
    this.plain = names.map(plain);
    this.spelled = new Map(order.map(artist => [this.plain[artist], artist]));
    this.alike = new AlikeNames([...this.spelled.keys()]);
    this.popular = order.reverse();
    this.found = new Map();
  }

  // Number of the artist of just that name, else of the one who has it but for case, accents, punctuation and article,
  // else of whom find() has found; undefined where none is.
  known(name) {
    if (!this.found.has(name)) {
      const artist = this.exact.get(name) ?? this.spelled.get(plain(name));
      if (artist === undefined) return undefined;
      this.found.set(name, artist);
    }
    return this.found.get(name);
  }

  // As known(), else of the most alike, for which it needs longer.
  find(name) {
    if (this.known(name) === undefined && !this.found.has(name)) {
      this.found.set(name, this.spelled.get(this.alike.nearest(plain(name))));
    }
    return this.found.get(name);
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
