import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { startAgent } from '../harness/raw-agent.ts'
import type { RawSocket } from '../harness/raw-socket.ts'
import { until } from '../harness/until.ts'

const uncaught: unknown[] = []
const note = (error: unknown): void => void uncaught.push(error)
beforeEach(() => {
  uncaught.length = 0
  process.on('uncaughtExceptionMonitor', note)
})
afterEach(() => {
  process.off('uncaughtExceptionMonitor', note)
})

const requestNames = ['run.start', 'lease.renew', 'progress', 'sync', 'seen', 'agents.watch', 'auth.refresh']
const oddNames = ['', 'error', '__proto__', 'constructor', 'toString', 'hello', 'x'.repeat(300)]
const reservedNames = ['disconnect', 'connect', 'newListener']
const json = fc.jsonValue({ maxDepth: 3 })
const payloads = fc.array(fc.oneof(json, fc.constant({ _placeholder: true, num: 0 })), { maxLength: 3 })
const ackId = fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n }), { nil: '' })

/** What Socket.IO's parser lets through, in the namespace that `@` stands for: events and acks to nothing. */
const parsable = fc
  .tuple(
    fc.constantFrom('42@,', '42@,', '42@,', '43@,'),
    ackId,
    fc.oneof(fc.constantFrom(...requestNames, ...oddNames), fc.integer(), fc.double({ noNaN: true })),
    payloads,
  )
  .map(
    ([head, id, name, rest]) => `${head}${head === '43@,' ? id || 7 : id}${JSON.stringify([name, ...rest])}`,
  )

/** Socket.IO in engine.io: `4`, type, attachments, namespace, ack id, JSON; each part odd or missing. Most close. */
const broken = fc.oneof(
  fc
    .tuple(
      fc.nat({ max: 9 }),
      fc.option(fc.nat({ max: 3 }), { nil: undefined }),
      fc.constantFrom('@,', '', '/zzz,', '@', '@?a=b,', '/__proto__,', `/${'n'.repeat(999)},`),
      ackId,
      fc.oneof(
        json.map((value) => JSON.stringify(value)),
        fc
          .tuple(fc.constantFrom(...reservedNames), payloads)
          .map(([name, rest]) => JSON.stringify([name, ...rest])),
        fc.string(),
      ),
    )
    .map(
      ([type, attachments, space, id, data]) =>
        `4${type}${attachments === undefined ? '' : `${attachments}-`}${space}${id}${data}`,
    ),
  fc.constantFrom('2', '3', '5', '6', 'bAAAA', '2probe', '', '9'),
  fc.string(),
)
const frame = fc.oneof({ weight: 39, arbitrary: parsable }, { weight: 1, arbitrary: broken })

/** Answered, or its connection was closed: anything else is silence. */
const isHeard = (socket: RawSocket): Promise<boolean> =>
  socket.request('auth.refresh', {}).then(
    ({ error }) => error?.code === 'invalid',
    (reason: Error) => reason.message.startsWith('closed'),
  )

describe('ID4: no frame ends the server', () => {
  it('[ID4] an event without a name is refused by name, with an ack or without, and the connection goes on', async () => {
    await using cp = await controlPlane()
    const agent = await startAgent(await cp.agentSocket({ subject: 'worker' }))
    const viewer = await cp.operatorSocket({ subject: 'vera', role: 'viewer' })
    for (const [socket, space] of [
      [agent.socket, '/agent'],
      [viewer, '/operator'],
    ] as const) {
      socket.sendFrame(`42${space},[1,{}]`)
      await socket.heard('refused', ({ event, error }) => event === '' && error.code === 'invalid')
      socket.sendFrame(`42${space},77[2,{}]`)
      await until('an ack', () =>
        socket.frames.some((text) => text.startsWith(`43${space},77[`) && text.includes('"invalid"')),
      )
    }
    expect(uncaught).toEqual([])
    expect(await agent.ask('read_file', {})).toMatchObject({ ok: true })
    expect(await viewer.must('approval.list', {})).toMatchObject({ ok: true })
  })

  it('[ID4] thousands of odd frames under a valid token, and the server still answers', async () => {
    await using cp = await controlPlane({
      parts: {
        limits: { ratePerSecond: 1e6, burst: 1e6, connectsPerSecond: 1e6, connectBurst: 1e6 },
      },
    })
    const witness = await startAgent(await cp.agentSocket({ subject: 'witness' }))
    const tokens = {
      '/agent': await cp.token({ subject: 'odd' }),
      '/operator': await cp.token({ subject: 'vera', role: 'viewer' }),
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/agent' as const, '/operator' as const),
        fc.array(frame, { minLength: 1, maxLength: 40 }),
        async (space, frames) => {
          const socket = await cp.connect(space, { token: tokens[space], protocol: 1 })
          for (const one of frames) socket.sendFrame(one.replace('@', space))
          expect(await isHeard(socket)).toBe(true)
          socket.close()
          const renewed = await witness.socket.request('lease.renew', { epoch: witness.epoch, after: 0 })
          expect(renewed).toMatchObject({ ok: true })
          expect(uncaught).toEqual([])
        },
      ),
      { numRuns: 400, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    )
  })
})
