import { ErrorReply } from 'redis'
import { expect, it } from 'vitest'
import { StoreUnavailable } from '../store.ts'
import { AnswerLost } from './connection.ts'
import { isDefect, isOfReplica, mayHaveTakenEffect } from './refusals.ts'

const within = 'script: 6fa8d9d1ad0bd42f407b3eade1b96578f53a64f0, on @user_script:2.'

it.each([
  [new StoreUnavailable('There is no connection to Redis.'), false],
  [new ErrorReply("OOM command not allowed when used memory > 'maxmemory'."), false],
  [new ErrorReply('MISCONF Errors writing to the AOF file: No space left on device'), false],
  [new ErrorReply("READONLY You can't write against a read only replica."), false],
  [new ErrorReply("NOPERM User limited has no permissions to run the 'evalsha' command"), false],
  // Redis checks each command of a script for itself, and what came before it stands.
  [new ErrorReply(`NOPERM User limited has no permissions to run the 'hset' command ${within}`), true],
  [new ErrorReply(`ERR The user executing the script can't run this command or subcommand ${within}`), true],
  [new ErrorReply('ERR something that nobody expected'), true],
  [new AnswerLost('Redis gave no answer: Socket closed unexpectedly.'), true],
  [new AnswerLost('not confirmed', { cause: new ErrorReply('OOM command not allowed') }), true],
  [new TypeError('a defect'), true],
])('[ST8] %s: may have written: %s', (error, may) => {
  expect(mayHaveTakenEffect(error)).toBe(may)
})

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", false],
  [`OOM command not allowed when used memory > 'maxmemory'. ${within}`, false],
  ["MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", false],
  ["READONLY You can't write against a read only replica.", false],
  ['LOADING Redis is loading the dataset in memory', false],
  ['BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.', false],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", false],
  ['NOREPLICAS Not enough good replicas to write.', false],
  ['CLUSTERDOWN The cluster is down', false],
  ['TRYAGAIN Multiple keys request during rehashing of slot', false],
  ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', false],
  ['NOSCRIPT No matching script. Please use EVAL.', false],
  ['ERR WAIT cannot be used with replica instances. Please also note that', false],
  ['ERR max number of clients reached', false],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', true],
  ['BUSYKEY Target key name already exists.', true],
  ["ERR unknown command 'EVALSHA'", true],
  [`ERR user_script:2: attempt to compare nil with number ${within}`, true],
  ["NOPERM User limited has no permissions to run the 'evalsha' command", true],
  ['NOAUTH Authentication required.', true],
  ['MOVED 3999 127.0.0.1:6381', true],
  ["CROSSSLOT Keys in request don't hash to the same slot", true],
])('%s: a defect: %s', (words, is) => {
  expect(isDefect(new ErrorReply(words))).toBe(is)
})

it.each([
  ["READONLY You can't write against a read only replica.", true],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true],
  ['ERR WAIT cannot be used with replica instances. Please also note that', true],
  ['ERR WAITAOF cannot be used with replica instances. Please also note that', true],
  ['NOREPLICAS Not enough good replicas to write.', false],
  ['LOADING Redis is loading the dataset in memory', false],
])('%s: said by a replica: %s', (words, is) => {
  expect(isOfReplica(new ErrorReply(words))).toBe(is)
})
