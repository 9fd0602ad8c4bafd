import { SEAL_CHAIN } from './seal-chain.lua.ts'

/** Hands in hashes where no commit is there to bring them along. */
export const SEAL = `#!lua
-- KEYS[1]  the partition's head
-- ARGV     the first event whose hash follows, then the hashes
-- Answers  the last seq whose hash is kept
local base = KEYS[1]
${SEAL_CHAIN}
local head = redis.call('HMGET', base, 'sealed', 'seq')
local hashes = {}
for i = 2, #ARGV do hashes[i - 1] = ARGV[i] end
return sealChain(base, tonumber(head[1] or 0), tonumber(head[2] or 0), tonumber(ARGV[1]), hashes)
`
