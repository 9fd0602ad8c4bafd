import { lookup } from 'node:dns/promises'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, isIPv4, type LookupFunction } from 'node:net'
import type { AddressGuard } from './address-guard.ts'

/** What came back. Redirects are not followed: they are an answer like any other. */
export interface Posted {
  readonly status: number
  /** At most `MAX_ANSWER` bytes of it. */
  readonly text: string
}

/** The guard refused every address that the name stands for. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

const TIMEOUT_MS = 10_000
const MAX_ANSWER = 64 * 1024

/**
 * Posts a body. The guard judges the very address that is connected to, so that a name that changes its mind between
 * check and use (DNS rebinding) gains nothing. Rejects with AddressRefused, and with what the network says.
 */
export function post(
  url: URL,
  {
    body,
    headers,
    guard,
  }: {
    readonly body: string
    readonly headers: Readonly<Record<string, string>>
    readonly guard?: AddressGuard | undefined
  },
): Promise<Posted> {
  const host = hostOf(url)
  // a literal address is never looked up
  if (guard && isIP(host) !== 0 && !guard(host)) return Promise.reject(refusedFor(host, []))
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(guard && { lookup: guardedLookup(guard) }),
  }
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MAX_ANSWER) response.destroy()
      })
      response.once('close', () => resolve({ status: response.statusCode ?? 0, text }))
      response.once('error', reject)
    })
    request.once('error', reject)
    request.end(body)
  })
}

/** `addresses`: what the host stands for. Naming one is enough to say what would be allowed. */
const refusedFor = (host: string, [address = host]: readonly string[]): AddressRefused => {
  const what = address === host ? host : `${host} is ${address}, which`
  return new AddressRefused(
    `${what} is not a public address; this server connects there only where HOLDPOINT_WEBHOOK_ALLOW lists it: ` +
      `HOLDPOINT_WEBHOOK_ALLOW=${address}/${isIPv4(address) ? 32 : 128}`,
  )
}

/** What the guard says of a host, without connecting: why it is refused, or nothing where it is not or has no address now. */
export async function refusalOf(url: URL, guard: AddressGuard): Promise<string | undefined> {
  const host = hostOf(url)
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }]
  const addresses = found.map(({ address }) => address)
  return addresses.length === 0 || addresses.some(guard) ? undefined : refusedFor(host, addresses).message
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { family: Number(options.family ?? 0), all: true }).then(
      (found) => {
        const [first, ...rest] = found.filter(({ address }) => guard(address))
        if (!first)
          callback(
            refusedFor(
              hostname,
              found.map(({ address }) => address),
            ),
            '',
            0,
          )
        else if (options.all) callback(null, [first, ...rest])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}
