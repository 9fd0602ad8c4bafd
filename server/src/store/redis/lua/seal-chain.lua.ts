/**
 * Hashes of the chain (PR7) that a node has computed, kept beside the feed. Lua text that the scripts share.
 *
 * Redis has no SHA-256, and a hash that had to be right before a commit could be sent would make every other node's commit a
 * conflict. So an event is committed by its place alone, which settles its hash for good: it is a function of what comes
 * before. Whoever has computed it hands it in with its next call; until then every reader computes the last few anew.
 */
export const SEAL_CHAIN = `
-- Takes the hashes of the events from 'first' on that are not kept yet; returns the last seq whose hash is.
local function sealChain(base, sealed, seq, first, hashes)
  if first > sealed + 1 then return sealed end
  local last = sealed
  for i = sealed + 1 - first + 1, #hashes do
    if last >= seq then break end
    last = last + 1
    redis.call('XADD', base .. ':chain', last .. '-0', 'h', hashes[i])
  end
  if last > sealed then redis.call('HSET', base, 'sealed', last, 'hash', hashes[last - first + 1]) end
  return last
end
`
