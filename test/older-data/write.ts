/**
 * `npm run older-data -- <name> [<server program>] [redis]`, after a build: fills a store through a server, kills it, and keeps what it left
 * behind in test/older-data/<name>.json.br. The program is that of a built clone of the version that is meant
 * (`…/server/dist/main.js`); this clone's own where none is named.
 */
import { authenticator } from '../harness/factor.ts'
import { startRedis } from '../harness/redis-server.ts'
import { serverProcess } from '../harness/server-process.ts'
import { fill } from './fill.ts'
import { commandsOf, filesOf, writeOlderData } from './packed.ts'

const STEP_MS = 30_000
const [name, ...rest] = process.argv.slice(2)
if (name === undefined)
  throw new Error('name what is written: npm run older-data -- <name> [<server program>] [redis]')
const program = rest.find((one) => one !== 'redis')
const redis = rest.includes('redis') ? await startRedis() : undefined
const server = await serverProcess({
  ...(program !== undefined && { program }),
  ...(redis && { env: { HOLDPOINT_REDIS_URL: redis.url } }),
})
try {
  await server.start()
  // the step before this one, so that the current one is left to spend
  const filled = await fill(server, (otpauth) => authenticator(otpauth).code(Date.now() - STEP_MS))
  writeOlderData(name, {
    ...filled,
    at: Date.now(),
    files: filesOf(server.folder),
    redis: redis && (await commandsOf(redis)),
  })
} finally {
  await server[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
}
