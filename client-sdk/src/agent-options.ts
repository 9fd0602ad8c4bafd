import { refusal } from '@holdpoint/shared'
import type { AgentClientOptions } from './agent-types.ts'
import { HoldpointError } from './errors.ts'
import { refuseUnknown } from './known-options.ts'

const AGENT_OPTIONS = {
  url: true,
  token: true,
  agent: true,
  task: true,
  name: true,
  framework: true,
  leaseMs: true,
  takeover: true,
  run: true,
  signal: true,
  logger: true,
  clocks: true,
} satisfies Record<keyof AgentClientOptions, true>

/** What can be told before anything is connected. Errors: HoldpointError `invalid`, `unauthenticated`. */
export function checkOptions(options: AgentClientOptions): void {
  refuseUnknown('AgentClient', options, AGENT_OPTIONS)
  const { url, token } = options
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new HoldpointError(
      refusal('invalid', `${JSON.stringify(url)} is not an address; give one like http://127.0.0.1:7411.`),
    )
  if (typeof token !== 'function' && (typeof token !== 'string' || token.trim() === ''))
    throw new HoldpointError(
      refusal(
        'unauthenticated',
        'The token is empty: give the one that "holdpoint token create --role agent --subject …" printed.',
      ),
    )
}
