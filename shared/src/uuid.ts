import { v7 as uuidv7 } from 'uuid'

const RANDOM_LENGTH = 16
/** Random bytes for some ids at once: each call for them costs more than the id. */
const pool = new Uint8Array(128 * RANDOM_LENGTH)
let used = pool.length

/** Each byte for one id alone. */
function random(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  used += RANDOM_LENGTH
  return pool.subarray(used - RANDOM_LENGTH, used)
}

let msecs = 0
let seq = 0

/** A UUIDv7, greater than the one before. The library's own takes random bytes for each alone. */
export function v7(): string {
  const bytes = random()
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // of its 32 bits the first is left free, so that there is always a next one
    seq = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) >>> 1
  } else seq += 1
  return uuidv7({ random: bytes, msecs, seq })
}
