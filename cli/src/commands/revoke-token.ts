import type { OperatorClient } from '@holdpoint/client/operator'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { UsageError } from '../exit-codes.ts'
import { localTime } from '../output/format.ts'
import { visible } from '../output/visible.ts'
import { askOnceFound, reasonOption } from './asked-option.ts'
import { isThere } from './is-there.ts'
import { type Keyed, keyed, keyOption, withExamples } from './options.ts'

interface Options extends Keyed {
  readonly subject?: string
  readonly reason: string
}

export const revokeToken = (cli: Cli): Command =>
  withExamples(
    new Command('revoke')
      .description('revoke one token, or all that were issued to somebody until now (admin)')
      .argument('[token]', 'the token, or its own id: what "token create --json" calls jti')
      .option('--subject <id>', 'all tokens of this agent, tool or person; later ones count')
      .addOption(reasonOption())
      .addOption(keyOption()),
    'token revoke --subject ana --reason "Her laptop was stolen"',
    'token revoke 0198c1f2-7a3b-7c4d-8e5f-0123456789ab --reason "Printed in a log"',
    'token revoke "$FOUND" --reason "Printed in a log"',
  ).action((typed: string | undefined, { subject }: Partial<Options>, self: Command) =>
    cli.withOperator(self, async ({ client, out, io, ownToken, serverKids }) => {
      if ((typed === undefined) === (subject === undefined))
        throw new UsageError('Name one token, by itself or its jti, or all of somebody with --subject.')
      const found = typed === undefined ? undefined : claimsOf(typed)
      const own = claimsOf(ownToken())
      if (found && own) ofHere(found, own, serverKids)
      const which = subject === undefined ? { jti: found?.jti ?? String(typed) } : { subject }
      const doubt = await doubtOf(client, subject, found, own)
      if (doubt !== undefined) out.note(doubt)
      await askOnceFound(io, self)
      const options = self.opts<Options>()
      await client.revokeToken(which, options.reason, keyed(options))
      out.result({ revoked: which }, () =>
        which.subject === undefined
          ? `✓ revoked: the token ${visible(which.jti)}${found ? ` of ${visible(found.sub)}` : ''}`
          : `✓ revoked: every token that was issued to ${visible(which.subject)} until now`,
      )
    }),
  )

interface Claims {
  readonly jti: string
  readonly sub: string
  readonly exp: number
  readonly tenant?: unknown
  readonly iss?: unknown
  /** Which key it says that it was signed with. */
  readonly kid?: unknown
}

/** What a token says of itself, unverified: who has found one knows nothing else of it. Undefined where it is none. Errors: UsageError. */
function claimsOf(typed: string): Claims | undefined {
  const token = typed.trim()
  if (!isToken(token)) return undefined
  const { jti, sub, exp, tenant, iss } = readClaims(token)
  if (typeof jti !== 'string' || typeof sub !== 'string' || typeof exp !== 'number')
    throw new UsageError(
      'This is no whole token, or one without an id of its own: name its jti, or revoke all of its bearer with --subject.',
    )
  return { jti, sub, exp, tenant, iss, kid: readPart(token.split('.')[0]).kid }
}

/** An issuer's ids of tokens may have dots as well; what no other text begins with is a header that names an algorithm. */
function isToken(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 3 && Object.hasOwn(readPart(parts[0]), 'alg')
}

const readClaims = (token: string): Record<string, unknown> => readPart(token.split('.')[1])

/** A part of a token as the object that it is; an empty one where it is none. */
function readPart(part = ''): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString()))
  } catch {
    return {}
  }
}

/** What is revoked is an id, in the tenant of whoever revokes it: a token from elsewhere would go on. Errors: UsageError. */
function ofHere(found: Claims, own: Claims, serverKids: readonly string[] | undefined): void {
  const whose = `This token of ${visible(found.sub)}`
  if (found.iss !== own.iss)
    throw new UsageError(
      `${whose} was issued by ${named(found.iss)}, and this control plane takes those of ${named(own.iss)}: here there is nothing to revoke. Revoke it where its issuer is trusted, with --url and a token for there.`,
    )
  if (found.tenant !== own.tenant)
    throw new UsageError(
      `${whose} is one of the tenant ${named(found.tenant)}, and you act in ${named(own.tenant)}, where revoking it would not end it. Revoke it with --token and a token of an admin of its own tenant.`,
    )
  // installations issue under one name, and what tells them apart is their keys
  if (serverKids && !serverKids.includes(String(found.kid)))
    throw new UsageError(
      `${whose} was signed with a key that this control plane does not have, so it opens nothing here, and revoking it here would not end it elsewhere. Revoke it where it was made, with --url, or --data for the data folder of there.`,
    )
}

const named = (claim: unknown): string =>
  typeof claim === 'string' ? `“${visible(claim)}”` : 'nobody that it names'

/** Nobody keeps a list of the tokens that were signed: what can be known of this one, or that nothing can. */
async function doubtOf(
  client: OperatorClient,
  subject: string | undefined,
  found: Claims | undefined,
  own: Claims | undefined,
): Promise<string | undefined> {
  if (subject !== undefined)
    return (await isKnown(client, subject))
      ? undefined
      : `Neither an agent nor a person called “${visible(subject)}” was ever seen here; look whether the name is right.`
  if (!found)
    return 'Nobody keeps a list of tokens, so an id that is mistyped is revoked as well, and the token goes on; give the token itself to be certain.'
  // another issuer changes its keys as it likes, and the server takes all of them
  if (own?.iss === 'holdpoint' && found.kid !== own.kid && found.exp * 1_000 > client.serverNow())
    return 'It was signed with another key than your own token: where this control plane never had that key, it was made elsewhere, and goes on there. On the server’s own machine, without a token of your own, this is known for certain.'
  const expiresAt = new Date(found.exp * 1_000)
  if (found.exp * 1_000 > client.serverNow()) return undefined
  // no calendar reaches as far back as a number does
  const since = Number.isNaN(expiresAt.getTime())
    ? ''
    : `, ${localTime(expiresAt.toISOString(), new Date())},`
  return `It has expired${since} and opens nothing any more.`
}

/** Whether an agent or a person of that name is on record, or did anything. */
async function isKnown(client: OperatorClient, name: string): Promise<boolean> {
  const found = await Promise.all([
    isThere(client.agent(name)),
    isThere(client.person(name)),
    client.history({ by: name, limit: 1 }).then(({ events }) => events.length > 0),
  ])
  return found.includes(true)
}
