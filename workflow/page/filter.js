// The graph filter of lastfm_gnn/ranking/graph_filter.py for somebody who is not in the graph. The matrix of all pairs
// of users would be too large for a page: waves of the largest eigenvalues are given, and the rest of the filter is a
// Chebyshev polynomial of the graph (lastfm_gnn/recommend/page.py makes both).

// Users who listen to each artist, `user` and `weight` (listens) from start[a] to start[a + 1]; waves (k × users) of
// eigenvalues `moved` to 0 and what of them is `restored`; the polynomial's coefficients on 0 to `largest`, and how many
// do for a share; the powers of an artist's listeners, damping and popularity.
class GraphFilter {
  constructor(parts) {
    Object.assign(this, parts);
    this.artists = this.start.length - 1;
    this.listeners = Float64Array.from({length: this.artists}, (_, artist) => Math.max(1, this.start[artist + 1] - this.start[artist]));
    this.reached = new Map();
  }

  // Weights of somebody's plays (Map: artist to plays), as log_plays and weigh have them.
  weigh(plays) {
    const logs = [...plays].map(([artist, count]) => [artist, Math.log1p(count)]);
    const mean = Math.max(logs.reduce((sum, [, log]) => sum + log, 0) / logs.length, 1e-6);
    return new Map(logs.map(([artist, log]) => [artist, log / mean * this.listeners[artist] ** -this.damping]));
  }

  // Add `scale` times an artist's listeners to a vector over users.
  addListeners(artist, scale, vector) {
    const {start, user, weight} = this;
    for (let one = start[artist]; one < start[artist + 1]; one++) vector[user[one]] += scale * weight[one];
  }

  // The dot product of an artist's listeners and a vector over users.
  meet(artist, vector) {
    const {start, user, weight} = this;
    let sum = 0;
    for (let one = start[artist]; one < start[artist + 1]; one++) sum += weight[one] * vector[user[one]];
    return sum;
  }

  // result += scale × (the graph of users, through shared artists) × vector
  addShared(vector, scale, result) {
    for (let artist = 0; artist < this.artists; artist++) {
      this.addListeners(artist, scale * this.meet(artist, vector), result);
    }
  }

  // result += scale × wavesᵀ diag(strength) waves × vector
  addWaves(vector, scale, strength, result) {
    const {users, waves} = this;
    for (let wave = 0; wave < strength.length; wave++) {
      const place = wave * users;
      let sum = 0;
      for (let user = 0; user < users; user++) sum += waves[place + user] * vector[user];
      sum *= scale * strength[wave];
      for (let user = 0; user < users; user++) result[user] += sum * waves[place + user];
    }
  }

  // The filter's kernel between users × vector: the polynomial by its recurrence, then the waves.
  filtered(vector, terms) {
    const {users, coefficients, moved, restored} = this;
    const sum = vector.map(value => coefficients[0] * value);
    let before = new Float64Array(users), now = vector;
    for (let term = 1; term < terms; term++) {
      const times = term === 1 ? 1 : 2, scale = times * 2 / this.largest;  // T1 = x, Tn = 2 x Tn-1 - Tn-2
      const next = new Float64Array(users);
      for (let user = 0; user < users; user++) next[user] = -times * now[user] - before[user];
      this.addShared(now, scale, next);
      this.addWaves(now, -scale, moved, next);
      for (let user = 0; user < users; user++) sum[user] += coefficients[term] * next[user];
      [before, now] = [now, next];
    }
    this.addWaves(vector, 1, restored, sum);
    return sum;
  }

  // Scores of all artists for somebody's weights, before popularity is given back.
  scores(weights) {
    const senders = new Float64Array(this.users);
    for (const [artist, weight] of weights) this.addListeners(artist, weight, senders);
    const arriving = this.filtered(senders, this.coefficients.length);
    return Float64Array.from({length: this.artists}, (_, artist) => this.meet(artist, arriving));
  }

  // The `count` best artists but those of `weights`; equal ones in the order of their numbers. tilt: a power of an
  // artist's listeners beside the filter's own: 0 is the order of the command line, more is for popular ones.
  best(scores, weights, tilt, count) {
    const lifted = scores.map((score, artist) => {
      return weights.has(artist) ? -Infinity : score * this.listeners[artist] ** (this.popularity + tilt);
    });
    const least = lifted.slice().sort()[Math.max(0, this.artists - count)];
    const near = [...lifted.keys()].filter(artist => lifted[artist] >= least && !weights.has(artist));
    return near.sort((one, other) => lifted[other] - lifted[one] || one - other).slice(0, count);
  }

  // How much of an artist arrives at each user; kept, since it is the same for everybody.
  reach(artist) {
    const vector = new Float64Array(this.users);
    this.addListeners(artist, 1, vector);
    this.reached.set(artist, Float32Array.from(this.filtered(vector, this.termsOfShares)));
  }

  // Which artists are to be reached before reasons() has what it needs: `artists` or the listens, which are fewer.
  unreached(artists, weights) {
    const [fewer, more] = [artists, [...weights.keys()]].map(list => list.filter(one => !this.reached.has(one)))
      .sort((one, other) => one.length - other.length);
    return more.length ? fewer : more;
  }

  // The listens of the largest shares in an artist's score, [listen, share], as Recommender.best has them. A share is
  // of all listens that speak for the artist, not of those against. What arrives is the same in both directions.
  reasons(artist, weights, count) {
    const arriving = this.reached.get(artist);
    const parts = [...weights].map(([listen, weight]) => {
      return [listen, weight * (arriving ? this.meet(listen, arriving) : this.meet(artist, this.reached.get(listen)))];
    });
    const speaking = parts.filter(([, part]) => part > 0).sort((one, other) => other[1] - one[1] || one[0] - other[0]);
    const whole = speaking.reduce((sum, [, part]) => sum + part, 0);
    return speaking.slice(0, count).map(([listen, part]) => [listen, part / whole]);
  }
}
