/**
 * Hashes of the chain (PR7) that a node has computed, kept beside the feed. Lua text that the scripts share.
 *
 * Redis has no SHA-256, and a hash that had to be right before a commit could be sent would make every other node's commit a
 * conflict. So an event is committed by its place alone, which settles its hash for good: it is a function of what comes
 * before. Whoever has computed it hands it in with its next call; until then every reader computes the last few anew.
 */
export const SEAL_CHAIN = `
-- What a node hands in, read off its arguments: the first event whose hash it has, the hash before it, how many, the hashes.
local function takeSeal(take)
  local seal = { first = tonumber(take()), previous = take(), hashes = {} }
  for i = 1, tonumber(take()) do seal.hashes[i] = take() end
  return seal
end

-- Whether the node has another hash for the last event whose hash is kept: it has seen another history.
local function contradicts(seal, sealed, hash)
  if seal.first > sealed + 1 then return false end
  local own = seal.previous
  if seal.first <= sealed then own = seal.hashes[sealed - seal.first + 1] end
  return own ~= nil and own ~= hash
end

-- Keeps the hashes of the events up to 'seq' that are not kept yet; returns the last seq whose hash is.
local function sealChain(base, sealed, seq, seal)
  if seal.first > sealed + 1 then return sealed end
  local last = sealed
  for i = sealed - seal.first + 2, #seal.hashes do
    if last >= seq then break end
    last = last + 1
    redis.call('XADD', base .. ':chain', last .. '-0', 'h', seal.hashes[i])
  end
  if last > sealed then redis.call('HSET', base, 'sealed', last, 'hash', seal.hashes[last - seal.first + 1]) end
  return last
end
`
