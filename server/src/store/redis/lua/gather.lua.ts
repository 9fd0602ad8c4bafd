/**
 * Writes to sorted sets, gathered: what one call has for a set is written to it at once, whatever changes it comes from, and
 * only the last word about a member counts. Lua text that the scripts share. Nothing reads in between what is gathered.
 */
export const GATHER = `
-- By set: the score of each member that it gets, false for each that it loses.
local gathered = {}
local function membersOf(key)
  gathered[key] = gathered[key] or {}
  return gathered[key]
end
local function put(key, member, score) membersOf(key)[member] = score end
local function drop(key, member) membersOf(key)[member] = false end

-- Some hundred at a time: Lua's stack has a bound. Of pairs none is torn apart.
local function callWith(command, key, args)
  for i = 1, #args, 1000 do redis.call(command, key, unpack(args, i, math.min(i + 999, #args))) end
end

local function writeGathered()
  for key, members in pairs(gathered) do
    local got, lost = {}, {}
    for member, score in pairs(members) do
      if score then got[#got + 1], got[#got + 2] = score, member else lost[#lost + 1] = member end
    end
    callWith('ZADD', key, got)
    callWith('ZREM', key, lost)
  end
end
`
