import type { Policy } from '@holdpoint/shared'
import type { Recipient } from '../../domain/outgoing.ts'
import type { PersonDocument } from '../../domain/person-document.ts'

/** One way to say something: a channel, and whom it reaches where it has no destination of its own. */
export interface Endpoint {
  readonly channel: string
  readonly config: Policy['channels'][string]
  readonly person?: string | undefined
  /** For mail and chat. */
  readonly to: readonly string[]
}

/** Who is who: read when something is sent, so that a changed address counts at once. */
export interface AddressBook {
  get(tenant: string, id: string): Promise<PersonDocument | undefined>
  inTeam(tenant: string, team: string): Promise<readonly PersonDocument[]>
  /** Those with this Slack member id. */
  bySlack(tenant: string, member: string): Promise<readonly PersonDocument[]>
}

/** The ways in which these recipients can be told now. A disabled person is told nothing. */
export async function endpointsOf(
  { channels }: Policy,
  tenant: string,
  to: Recipient,
  people: AddressBook,
): Promise<readonly Endpoint[]> {
  if ('channel' in to) {
    const config = Object.hasOwn(channels, to.channel) ? channels[to.channel] : undefined
    return config ? [{ channel: to.channel, config, to: destinationOf(config) }] : []
  }
  const one = 'person' in to ? await people.get(tenant, to.person) : undefined
  const persons = 'team' in to ? await people.inTeam(tenant, to.team) : one ? [one] : []
  return persons
    .filter(({ disabled }) => disabled === undefined)
    .flatMap((person) =>
      Object.entries(channels).flatMap(([channel, config]) => {
        const address = personalAddress(config, person)
        return address === undefined ? [] : [{ channel, config, person: person.id, to: [address] }]
      }),
    )
}

function destinationOf(config: Policy['channels'][string]): readonly string[] {
  if (config.kind === 'email') return config.to ?? []
  if (config.kind === 'slack') return config.to === undefined ? [] : [config.to]
  return []
}

/** Mail and chat without a destination of their own reach persons at theirs; PagerDuty whom its service is told of. */
function personalAddress(
  config: Policy['channels'][string],
  { addresses }: PersonDocument,
): string | undefined {
  if (config.kind === 'email' && config.to === undefined) return addresses.email
  if (config.kind === 'slack' && config.to === undefined) return addresses.slack
  if (config.kind === 'pagerduty') return addresses.pagerduty
  return undefined
}
