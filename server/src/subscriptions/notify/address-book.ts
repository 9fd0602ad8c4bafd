import type { People } from '../../commands/people.ts'
import type { PersonDocument } from '../../domain/person-document.ts'
import type { AddressBook } from './endpoints.ts'

const PAGE = 200

/** Who is who, from people's records. */
export function createAddressBook(people: People): AddressBook {
  const all = async (
    tenant: string,
    fits: (person: PersonDocument) => boolean,
  ): Promise<PersonDocument[]> => {
    const found: PersonDocument[] = []
    for (let after: string | undefined, more = true; more; ) {
      const page = await people.page(tenant, after, PAGE)
      found.push(...page.filter(fits))
      after = page.at(-1)?.id
      more = page.length === PAGE
    }
    return found
  }
  return {
    get: people.get,
    inTeam: (tenant, team) => all(tenant, ({ teams }) => teams.includes(team)),
    bySlack: (tenant, member) => all(tenant, ({ addresses }) => addresses.slack === member),
  }
}
