import { type ApprovalView, hasRole, personRoles, refused } from '@holdpoint/shared'
import { type AccessDocument, isRevoked } from '../domain/access.ts'
import type { AgentDocument, Approval, Signature } from '../domain/agent-document.ts'
import type { AgentCommand, PeopleFacts, Person, SignerNow } from '../domain/commands.ts'
import type { PersonDocument } from '../domain/person-document.ts'
import { VOID_DEADLINE } from '../domain/persons.ts'
import type { RestsOn, Store } from '../store/store.ts'
import type { AgentKey } from './agent-key.ts'
import { leftBehind } from './bytes-of-items.ts'
import type { AgentCommands } from './handle-command.ts'
import type { People, PeopleRead } from './people.ts'
import type { TenantDocument } from './tenant-document.ts'

const PAGE = 500

/**
 * AP5, AP6: the people that a decision on an approval is about, its sender among them, read afresh. Undefined for what
 * rests on nobody's word. `restsOnSender`: the commit does so anyway.
 */
export const peopleFor =
  (people: People, access: TenantDocument<AccessDocument>) =>
  async (
    { tenant }: AgentKey,
    doc: AgentDocument | undefined,
    command: AgentCommand,
    restsOnSender: boolean,
  ): Promise<PeopleRead | undefined> => {
    const signed = doc && signaturesAbout(doc, command)
    if (!doc || !signed) return undefined
    const signers: Record<string, SignerNow> = {}
    const { owner: named } = doc.identity
    const sender = senderOf(command)
    const [owning, own, ...records] = await Promise.all([
      named === undefined ? undefined : people.lastOf(tenant, named),
      // where the commit rests on the very record that tells who they are, nothing newer can count
      sender?.registered && !restsOnSender ? people.read(tenant, sender.id) : undefined,
      ...signed.map(({ person }) => readSigner(people, tenant, person)),
    ])
    const restsOn: RestsOn[] = [...(own ? [own.rest] : []), ...records.map(({ rest }) => rest)]
    const barred = sender && own?.person && barredNow(sender, own.person)
    for (const [n, { person, credential }] of signed.entries()) {
      const isOut = credential && isRevoked(await access.current(tenant), credential)
      const now = signerNow(person, records[n]?.person, [
        ...(signers[person]?.revoked ?? []),
        ...(isOut ? [credential.jti] : []),
      ])
      if (now) signers[person] = now
    }
    if (named === undefined) return { facts: { signers }, restsOn, barred }
    const owner = owning?.id ?? named
    const parts = [
      ...[sender?.id, sender?.admittedBy],
      ...signed.flatMap(({ person, admittedBy }) => [signers[person]?.is ?? person, admittedBy]),
    ]
    const involved = parts.includes(owner)
    // looked for only where it matters: an owner is about to release, or has
    const others = involved ? await othersRole(people, tenant, owner) : undefined
    return { facts: { signers, owner, othersRole: others }, restsOn, barred }
  }

/** Undefined where they count as they signed: nobody is registered, and nothing was revoked. */
function signerNow(
  person: string,
  record: PersonDocument | undefined,
  revoked: readonly string[],
): SignerNow | undefined {
  if (!record && revoked.length === 0) return undefined
  return {
    role: record?.role,
    void: record?.disabled !== undefined,
    voidUpTo: record?.notBefore,
    revoked,
    ...(record && record.id !== person && { is: record.id }),
  }
}

/**
 * Who signed, as they are on record now. Nobody was registered under the login that they signed by, it may have become
 * somebody's since, and then counts for no more than its person does (AP5, AP9, AP13).
 */
async function readSigner(people: People, tenant: string, person: string) {
  const read = await people.read(tenant, person)
  if (read.person) return read
  const since = await people.lastOf(tenant, person)
  return since ? people.read(tenant, since.id) : read
}

const senderOf = (command: AgentCommand): Person | undefined =>
  'by' in command && typeof command.by === 'object' ? command.by : undefined

function barredNow({ role }: Person, { disabled, role: now }: PersonDocument) {
  if (disabled) return refused('unauthenticated', 'This person is disabled; ask an admin.')
  if (!hasRole(now, role)) return refused('forbidden', `Your role is ${now} by now; look at it again.`)
  return undefined
}

function decided(command: AgentCommand): string | undefined {
  switch (command.type) {
    case 'approval.approve':
    case 'approval.deny':
    case 'approval.respond':
    case 'override.grant':
      return command.body.id
    default:
      return undefined
  }
}

type Signed = Partial<Signature> & { readonly person: string; readonly at: number }

/** Whose word the decision rests on beside its sender's; undefined where it is about nobody's release. */
function signaturesAbout(doc: AgentDocument, command: AgentCommand): readonly Signed[] | undefined {
  // it decides nothing of what was asked for, and must come through whosever record can't be read (AG1)
  if (command.type === 'agent.stop') return undefined
  const released = releaseAbout(doc, command)
  const granted = grantsAbout(doc, command)
  return released || granted.length > 0 ? [...(released ?? []), ...granted] : undefined
}

/** Who has released, or denied, what the command is about. */
function releaseAbout(doc: AgentDocument, command: AgentCommand): readonly Signed[] | undefined {
  if (command.type === 'standing.issue') return []
  if (command.type === 'action.begin') return itemOf(doc, command.body.id)?.signatures
  const item = itemOf(doc, decided(command))
  if (item) return [...(item.signatures ?? []), ...(item.objections ?? [])]
  const left = leftBehind(doc, command)
  return left.length > 0 ? left.flatMap(({ signatures = [] }) => signatures) : undefined
}

/**
 * AP13: who has released in advance what may be asked for now. Whatever finds an order lifted, be it about something else, lets a
 * held agent go on, and decides anew what it asked for meanwhile (AG7).
 */
function grantsAbout(doc: AgentDocument, command: AgentCommand): readonly Signed[] {
  if (!doc.standing?.length) return []
  const asked = doc.approvals.filter(({ held }) => held).map(({ action }) => action)
  if (command.type === 'action.request') asked.push(command.body.action)
  return doc.standing.filter(({ action }) => asked.includes(action)).map(({ signature }) => signature)
}

const itemOf = ({ approvals }: AgentDocument, id: string | undefined): Approval | undefined =>
  approvals.find((one) => one.id === id)

async function othersRole(people: People, tenant: string, owner: string): Promise<PeopleFacts['othersRole']> {
  let highest = -1
  let after: string | undefined
  do {
    const page = await people.page(tenant, after, PAGE)
    for (const { id, role, disabled } of page)
      if (id !== owner && !disabled) highest = Math.max(highest, personRoles.indexOf(role))
    after = page.length === PAGE ? page.at(-1)?.id : undefined
  } while (after !== undefined)
  return personRoles[highest]
}

/**
 * What a person who was disabled has signed, and nobody has finished, falls: agent by agent, then the deadline that
 * asked for it is cleared. At least once, after a crash too.
 */
export async function voidSignatures(
  {
    store,
    people,
    agents,
  }: { readonly store: Store; readonly people: People; readonly agents: AgentCommands },
  tenant: string,
  person: string,
): Promise<void> {
  const upTo = (await people.get(tenant, person))?.notBefore
  if (upTo !== undefined)
    for (const agent of await agentsWithSignaturesOf(store, tenant, person)) {
      const { answer } = await agents.system({ tenant, id: agent }, { type: 'signatures.void', person, upTo })
      if (!answer.ok) throw new Error(`signatures of ${person} on ${agent} still stand: ${answer.error.code}`)
    }
  await people.onRecord(tenant, person, () => ({ answer: { ok: true, value: {} } }), {
    deadline: VOID_DEADLINE,
  })
}

async function agentsWithSignaturesOf(
  store: Store,
  tenant: string,
  person: string,
): Promise<ReadonlySet<string>> {
  const agents = new Set<string>()
  let after: { readonly at: number; readonly id: string } | undefined
  do {
    const page = await store.records({
      tenant,
      kind: 'approval',
      open: true,
      limit: PAGE,
      ...(after && { after }),
    })
    for (const { agent, data } of page) {
      const { signatures = [], objections = [] } = data as ApprovalView
      if (agent !== undefined && [...signatures, ...objections].some(({ by }) => by === person))
        agents.add(agent)
    }
    const last = page.at(-1)
    after = page.length === PAGE && last ? { at: last.at, id: last.id } : undefined
  } while (after)
  return agents
}
