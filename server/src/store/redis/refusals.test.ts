import { ErrorReply } from 'redis'
import { expect, it } from 'vitest'
import { StoreUnavailable } from '../store.ts'
import { AnswerLost } from './connection.ts'
import { mayHaveTakenEffect } from './refusals.ts'

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
