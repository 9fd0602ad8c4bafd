/** Behind a real HAProxy, with the configuration that `holdpoint cluster` and the compose file use. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { startBalancer } from '../harness/balancer-process.ts'
import { controlPlane } from '../harness/control-plane.ts'

interface Answer {
  readonly status: number | undefined
  readonly code: string
}

/** Claims a link that does not exist, from an address of this machine's own; `says` is what the client itself writes. */
async function claim(url: string, from: string, says: string): Promise<Answer> {
  const asked = request(`${url}/v1/sign-in/link`, {
    method: 'POST',
    localAddress: from,
    headers: { 'content-type': 'application/json', 'x-forwarded-for': says },
  })
  asked.end(JSON.stringify({ link: 'nobody has this one' }))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const { code } = (await json(response)) as { readonly code: string }
  return { status: response.statusCode, code }
}

/** More than one address may try at once. */
const TRIES = 30
const hammer = (url: string, from: string): Promise<Answer[]> =>
  Promise.all(Array.from({ length: TRIES }, (_, n) => claim(url, from, `203.0.113.${n}`)))
const codes = (answers: readonly Answer[]): Set<string> => new Set(answers.map(({ code }) => code))

describe('ID4: who comes through a proxy', () => {
  it('[ID4] is counted by the address that the proxy saw, whatever they claim it to be', async () => {
    await using cp = await controlPlane({ trustedProxies: 1 })
    await using balancer = await startBalancer([new URL(cp.url).host])
    expect(codes(await hammer(balancer.url, '127.0.0.2'))).toContain('rate_limited')
    expect(await claim(balancer.url, '127.0.0.2', '198.51.100.1')).toMatchObject({ status: 429 })
    // and takes nothing from anybody else
    expect(await claim(balancer.url, '127.0.0.3', '127.0.0.2')).toMatchObject({ code: 'unauthenticated' })
  })

  it('[ID4] counts as the proxy where none is trusted', async () => {
    await using cp = await controlPlane()
    await using balancer = await startBalancer([new URL(cp.url).host])
    expect(codes(await hammer(balancer.url, '127.0.0.2'))).toContain('rate_limited')
    expect(await claim(balancer.url, '127.0.0.3', '198.51.100.1')).toMatchObject({ status: 429 })
  })
})
