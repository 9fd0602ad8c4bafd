import { HoldpointError } from '@holdpoint/client/operator'
import { type ErrorCode, refusal } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { argumentsOf } from './arguments-of.ts'

const whole = { canonical: '{"action":"pay","args":{"to":"ana"}}' }
/** Answers of a server, by id, one after another; the last one stays. */
const answers = (given: Record<string, readonly (ErrorCode | Error | typeof whole)[]>) => {
  const asked: string[] = []
  const read = async (id: string) => {
    asked.push(id)
    const nth = asked.filter((one) => one === id).length - 1
    const answer = given[id]?.[nth] ?? given[id]?.at(-1) ?? 'not_found'
    if (answer instanceof Error) throw answer
    if (typeof answer === 'string') throw new HoldpointError(refusal(answer))
    return answer
  }
  return { read, asked }
}

it('[AP9] lists what is gone as not readable, and says loudly where the bytes are others than the digest names', async () => {
  const { read } = answers({ whole: [whole], gone: ['not_found'], forged: ['invalid'] })
  expect([...(await argumentsOf(read, ['whole', 'gone', 'forged']))]).toEqual([
    ['whole', '{"to":"ana"}'],
    ['gone', '(not readable)'],
    ['forged', 'THE BYTES HAVE ANOTHER DIGEST: do not release this'],
  ])
})

it('asks again where the server wants it slower, not for ever', async () => {
  const { read, asked } = answers({ busy: ['rate_limited', 'rate_limited', whole] })
  expect([...(await argumentsOf(read, ['busy'], 0))]).toEqual([['busy', '{"to":"ana"}']])
  expect(asked).toHaveLength(3)
  await expect(argumentsOf(answers({ a: ['rate_limited'] }).read, ['a'], 0)).rejects.toMatchObject({
    code: 'rate_limited',
  })
})

it.each(['forbidden', 'unavailable', 'internal'] as const)(
  'lists nothing as if it were known where the answer is %s',
  async (code) => {
    await expect(argumentsOf(answers({ a: [whole], b: [code] }).read, ['a', 'b'])).rejects.toMatchObject({
      code,
    })
  },
)

it('hides no fault of its own', async () => {
  await expect(argumentsOf(answers({ a: [new Error('broken')] }).read, ['a'])).rejects.toThrow('broken')
})
