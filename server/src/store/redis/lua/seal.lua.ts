import { SEAL_CHAIN } from './seal-chain.lua.ts'

/** Hands in hashes where no commit is there to bring them along. */
export const SEAL = `#!lua flags=allow-oom
-- What has no hash can't be trimmed, which a Redis that is full needs.
-- KEYS[1]  the partition's head
-- ARGV     as takeSeal reads them
-- Answers  the last seq whose hash is kept
local base = KEYS[1]
${SEAL_CHAIN}
local position = 0
local seal = takeSeal(function()
  position = position + 1
  return ARGV[position]
end)
local head = redis.call('HMGET', base, 'sealed', 'seq', 'hash')
local sealed = tonumber(head[1] or 0)
if contradicts(seal, sealed, head[3] or '') then return sealed end
return sealChain(base, sealed, tonumber(head[2] or 0), seal)
`
