// The small work that the form asks of a browser: a number with which the SHA-256 of "challenge:address:number" begins with 16
// zero bits. Without this script the form is accepted as well, only later. It loads nothing and keeps nothing.
'use strict';
const K = [], H = [];
for (let n = 2; K.length < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  if (H.length < 8) H.push((Math.sqrt(n) % 1) * 4294967296 | 0);
  K.push((Math.cbrt(n) % 1) * 4294967296 | 0);
}
const W = new Int32Array(64);
// The first 32 bits of the SHA-256 of some octets.
function first32(octets) {
  const padded = new Uint8Array((octets.length + 72) >> 6 << 6);
  padded.set(octets);
  padded[octets.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, octets.length * 8);
  let [a0, b0, c0, d0, e0, f0, g0, h0] = H;
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15], y = W[i - 2];
      W[i] = W[i - 16] + W[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3)
        + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
    }
    let a = a0, b = b0, c = c0, d = d0, e = e0, f = f0, g = g0, h = h0;
    for (let i = 0; i < 64; i++) {
      const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + W[i] | 0;
      const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
    }
    a0 = a0 + a | 0; b0 = b0 + b | 0; c0 = c0 + c | 0; d0 = d0 + d | 0;
    e0 = e0 + e | 0; f0 = f0 + f | 0; g0 = g0 + g | 0; h0 = h0 + h | 0;
  }
  return a0;
}
const form = document.getElementById('join');
let done = false;
form.addEventListener('submit', (event) => {
  if (done) return;
  event.preventDefault();
  const encoder = new TextEncoder();
  const start = form.elements.challenge.value + ':' + form.elements.address.value + ':';
  let number = 0;
  const work = () => {
    for (const end = number + 4000; number < end; number++) {
      if (first32(encoder.encode(start + number)) >>> 16 === 0) {
        form.elements.nonce.value = number;
        done = true;
        form.submit();
        return;
      }
    }
    setTimeout(work);
  };
  work();
});
