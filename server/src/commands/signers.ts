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
    // AP5: it may be the same person's as another one; AP9: nor does it count at the begin for more than its person does
    const mayMatter = signed.length + (sender ? 1 : 0) > 1 || command.type === 'action.begin'
    const [owning, own, ...records] = await Promise.all([
      named === undefined ? undefined : people.lastOf(tenant, named),
      // where the commit rests on the very record that tells who they are, nothing newer can count
      sender?.registered && !restsOnSender ? people.read(tenant, sender.id) : undefined,
      ...signed.map(({ person }) => readSigner(people, tenant, person, mayMatter)),
    ])
    const restsOn: RestsOn[] = [...(own ? [own.rest] : []), ...records.map(({ rest }) => rest)]
    const barred = sender && own?.person && barredNow(sender, own.person)
    for (const [n, { person, at, credential }] of signed.entries()) {
      const record = records[n]?.person
      const isOut = record && (record.disabled !== undefined || at <= (record.notBefore ?? 0))
      const revoked = credential && isRevoked(await access.current(tenant), credential)
      const now = { role: record?.role, void: isOut === true || revoked === true }
      if (record || revoked)
        signers[person] = record && record.id !== person ? { ...now, is: record.id } : now
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

/**
 * Who signed, as they are on record now. Nobody was registered under the login that they signed by, it may have become
 * somebody's since: looked for where that matters.
 */
async function readSigner(people: People, tenant: string, person: string, mayMatter: boolean) {
  const read = await people.read(tenant, person)
  if (read.person || !mayMatter) return read
  const since = await people.byLogin(tenant, person)
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
  if (command.type === 'standing.issue') return []
  if (command.type === 'action.begin') return itemOf(doc, command.body.id)?.signatures
  const item = itemOf(doc, decided(command))
  if (item) return [...(item.signatures ?? []), ...(item.objections ?? [])]
  // AP13: whatever lets a held agent go on decides anew what it asked for meanwhile
  const asked = doc.approvals.filter(({ held }) => held).map(({ action }) => action)
  if (command.type === 'action.request') asked.push(command.body.action)
  const grants = (doc.standing ?? []).filter(({ action }) => asked.includes(action))
  const signed = [
    ...grants.map(({ signature }) => signature),
    ...leftBehind(doc, command).flatMap(({ signatures = [] }) => signatures),
  ]
  return signed.length > 0 ? signed : undefined
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
