import type { ChannelAttempt, ChannelStanding, OperatorRequest } from '@holdpoint/shared'
import { refused } from '@holdpoint/shared'
import type { OnCallDesk } from '../commands/on-call.ts'
import type { Person } from '../domain/commands.ts'
import type { OperatorCall } from './decode.ts'
import type { Caused, Reply } from './line.ts'

/** What the console's connection needs of the channels. */
export interface ChannelDesk {
  list(tenant: string): Promise<readonly ChannelStanding[]>
  /** Undefined: policy has no such channel. */
  test(
    tenant: string,
    channel: string,
    id: string,
    person?: string,
  ): Promise<readonly ChannelAttempt[] | undefined>
}

export type OnCallCall = Extract<OperatorCall, { readonly name: `oncall.${string}` | `channel.${string}` }>

/** Serves what is asked and said about who is on call, and about channels. */
export async function serveOnCall(
  { onCall, channels }: { readonly onCall: OnCallDesk; readonly channels: ChannelDesk },
  tenant: string,
  who: Person,
  call: OnCallCall,
  caused: Caused,
): Promise<Reply> {
  switch (call.name) {
    case 'oncall.get': {
      const shown = await onCall.show(tenant, call.payload)
      return shown.ok ? { ok: true, schedules: shown.value } : shown
    }
    case 'oncall.override':
    case 'oncall.cancel': {
      const { answer, events, replayed } = await onCall.submit(tenant, who, call)
      return caused(answer, events, replayed)
    }
    case 'channel.list':
      return { ok: true, channels: await channels.list(tenant) }
    case 'channel.test':
      return test(channels, tenant, who, call.payload)
  }
}

async function test(
  channels: ChannelDesk,
  tenant: string,
  who: Person,
  { key, name, person }: OperatorRequest<'channel.test'>,
): Promise<Reply> {
  const attempts = await channels.test(tenant, name, `test.${who.id}.${key}`, person)
  return attempts ? { ok: true, attempts } : refused('not_found', `Policy has no channel "${name}".`)
}
