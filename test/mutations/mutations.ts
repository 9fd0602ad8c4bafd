/**
 * One mistake or more for every rule of judgement: each breaks the rule on purpose, and the tests that are said to prove
 * it must notice. A rule whose mistake nobody notices is proved by nothing.
 */
export interface Mutation {
  /** The rule that it breaks. */
  readonly rule: string
  /** What somebody did wrong. */
  readonly mistake: string
  readonly module: string
  /** Stands in the module exactly once. */
  readonly from: string
  readonly to: string
  /** Of these files a test that carries the rule's id must fail. */
  readonly tests: readonly string[]
}

const EVALUATE = 'shared/src/policy/evaluate.ts'
const COMBINE = 'shared/src/policy/combine.ts'
const RELEASES = 'server/src/domain/releases.ts'
const REQUESTS = 'server/src/domain/requests.ts'
const BEGINS = 'server/src/domain/begins.ts'
const SIGNATURES = 'server/src/domain/signatures.ts'
const GRANTS = 'server/src/domain/standing-grants.ts'
const TICKETS = 'server/src/domain/tickets.ts'
const PAGING = 'server/src/domain/paging.ts'
const DETECTORS = 'server/src/domain/detectors.ts'
const AUTONOMY = 'server/src/domain/autonomy.ts'
const BUDGETS = 'server/src/domain/budgets.ts'
const FACTORS = 'server/src/domain/factors.ts'
const ATTEMPTS = 'server/src/domain/attempts.ts'
const PERSONS = 'server/src/domain/persons.ts'
const PASSWORDS = 'server/src/domain/passwords.ts'
const SESSIONS = 'server/src/domain/sessions.ts'
const POLICIES = 'server/src/domain/policy-document.ts'
const DEFAULTS = 'shared/src/policy/defaults.ts'

const approvals = ['server/src/domain/approvals.test.ts']
const signatures = ['server/src/domain/signatures.test.ts']
const standing = ['server/src/domain/standing-grants.test.ts']
const evaluating = ['shared/src/policy/evaluate.test.ts']
const combining = ['shared/src/policy/combine.test.ts', 'shared/src/policy/evaluate.test.ts']
const ruling = ['shared/src/policy/rules.test.ts']
const runs = ['server/src/domain/runs.test.ts']
const paging = ['server/src/domain/paging.test.ts']
const detecting = ['server/src/domain/detectors.test.ts']
const autonomy = ['server/src/domain/autonomy.test.ts']
const budgets = ['server/src/domain/budgets.test.ts']
const factors = ['server/src/domain/factors.test.ts']
const persons = ['server/src/domain/persons.test.ts']
const policies = ['server/src/domain/policy-document.test.ts']
const passwords = ['test/integration/gateway-password.test.ts']
const tokens = ['server/src/auth/tokens.test.ts']
const decoding = ['server/src/api/decode.test.ts']

export const mutations: readonly Mutation[] = [
  // ── AP ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'AP1',
    mistake: 'what nobody listed is as harmless as reading',
    module: EVALUATE,
    from: '{ entry: policy.unlisted, rule:',
    to: '{ entry: policy.catalogue.read_file ?? policy.unlisted, rule:',
    tests: evaluating,
  },
  {
    rule: 'AP2',
    mistake: 'a later decision overwrites the first',
    module: RELEASES,
    from: "  if (item.status !== 'pending')\n    return refused('already_decided', undefined, { standing: approvalView(draft.doc, item) })",
    to: '',
    tests: approvals,
  },
  {
    rule: 'AP3',
    mistake: 'a release is taken at the very moment of its expiry',
    module: RELEASES,
    from: 'facts.at >= expiresAt',
    to: 'facts.at > expiresAt',
    tests: approvals,
  },
  {
    rule: 'AP3',
    mistake: 'the commit of a release is not bound to its expiry',
    module: RELEASES,
    from: '{ holder: released.id, notAfter: item.expiresAt }',
    to: '{ holder: released.id }',
    tests: approvals,
  },
  {
    rule: 'AP4',
    mistake: 'an edit keeps the signatures that were about other bytes',
    module: RELEASES,
    from: '    signatures: [],\n    objections: [],\n',
    to: '',
    tests: signatures,
  },
  {
    rule: 'AP4',
    mistake: 'edited arguments are not judged anew',
    module: RELEASES,
    from: '{ ...revised, ...ruledBy(verdict) }',
    to: 'revised',
    tests: [...approvals, 'server/src/domain/arguments.test.ts'],
  },
  {
    rule: 'AP4',
    mistake: 'edited arguments need not fit their schema',
    module: RELEASES,
    from: '  if (verdict.misfit) return doesNotFit(item.action, verdict.misfit)\n',
    to: '',
    tests: ['server/src/domain/arguments.test.ts'],
  },
  {
    rule: 'AP5',
    mistake: 'one person signs twice',
    module: RELEASES,
    from: 'standing.some((one) => samePerson(draft, one, by))',
    to: 'standing.length < 0',
    tests: signatures,
  },
  {
    rule: 'AP5',
    mistake: 'roles are those of the time of signing',
    module: SIGNATURES,
    from: '  return now.void ? undefined : lesserRole(role, now.role ?? role)',
    to: '  return role',
    tests: signatures,
  },
  {
    rule: 'AP5',
    mistake: 'a release does not rest on its signers’ records',
    module: 'server/src/commands/handle-command.ts',
    from: 'return people ? { ...decision, restsOn: people.restsOn } : decision',
    to: 'return decision',
    tests: ['server/src/commands/handle-command.test.ts'],
  },
  {
    rule: 'AP5',
    mistake: 'one denial of several ends it',
    module: RELEASES,
    from: 'const enough = neededDenials(item.value, verdictOnItem(draft, item.value))',
    to: 'const enough = 1',
    tests: signatures,
  },
  {
    rule: 'AP6',
    mistake: 'an owner releases what their agent asks for',
    module: SIGNATURES,
    from: 'owner === undefined || person !== owner',
    to: 'owner === undefined || person === owner',
    tests: signatures,
  },
  {
    rule: 'AP6',
    mistake: 'an owner is barred although nobody else could release',
    module: SIGNATURES,
    from: 'othersRole !== undefined && hasRole(othersRole, needed)',
    to: 'true',
    tests: signatures,
  },
  {
    rule: 'AP7',
    mistake: 'the same bytes asked again open a second item',
    module: REQUESTS,
    from: '(item.askedDigest ?? item.digest) === digest &&',
    to: 'item.digest === item.id &&',
    tests: approvals,
  },
  {
    rule: 'AP8',
    mistake: 'a denial is forgotten at once',
    module: 'server/src/domain/denials.ts',
    from: 'one.digest === digest && facts.at < one.until',
    to: 'one.digest === digest && facts.at > one.until',
    tests: approvals,
  },
  {
    rule: 'AP8',
    mistake: 'denials in a row open no ticket',
    module: 'server/src/domain/denials.ts',
    from: 'if (draft.doc.denialsInRow < inRow) return',
    to: 'if (inRow > 0) return',
    tests: approvals,
  },
  {
    rule: 'AP9',
    mistake: 'another digest than the released one is begun',
    module: BEGINS,
    from: 'item.digest !== body.digest',
    to: 'item.id !== body.id',
    tests: approvals,
  },
  {
    rule: 'AP9',
    mistake: 'what was begun is begun again',
    module: BEGINS,
    from: '  if (item.begun) return begunBefore(draft, item, body.epoch)\n',
    to: '',
    tests: approvals,
  },
  {
    rule: 'AP9',
    mistake: 'a release is begun however late',
    module: BEGINS,
    from: 'item.useBy !== undefined && facts.at >= item.useBy',
    to: 'item.useBy === 0',
    tests: approvals,
  },
  {
    rule: 'AP9',
    mistake: 'a begin does not ask today’s policy',
    module: BEGINS,
    from: '!stillReleased(draft, item, verdictOnItem(draft, item))',
    to: '!stillReleased(draft, item, verdictOnItem(draft, item)) && item.id === undefined',
    tests: approvals,
  },
  {
    rule: 'AP10',
    mistake: 'whole numbers that readers round are taken',
    module: 'shared/src/json-check.ts',
    from: 'Number.isInteger(value) && !Number.isSafeInteger(value)',
    to: 'Number.isNaN(value)',
    tests: ['shared/src/json-check.test.ts'],
  },
  {
    rule: 'AP10',
    mistake: 'arguments are as large as they like',
    module: 'shared/src/canonical.ts',
    from: 'utf8ToBytes(canonical).length > MAX_ACTION_BYTES',
    to: 'utf8ToBytes(canonical).length > 100 * MAX_ACTION_BYTES',
    tests: ['shared/src/canonical.test.ts'],
  },
  {
    rule: 'AP11',
    mistake: 'what was displayed is not noted',
    module: RELEASES,
    from: 'const newlySeen = !item.seen && seen.includes(item.id)',
    to: 'const newlySeen = !item.seen && seen.length < 0',
    tests: approvals,
  },
  {
    rule: 'AP12',
    mistake: 'nobody is reminded at half of the time',
    module: PAGING,
    from: 'at + Math.ceil((expiresAt - at) / 2)',
    to: 'expiresAt',
    tests: paging,
  },
  {
    rule: 'AP13',
    mistake: 'a grant is not counted down',
    module: GRANTS,
    from: 'grant.left === undefined ? undefined : grant.left - 1',
    to: 'grant.left',
    tests: standing,
  },
  {
    rule: 'AP13',
    mistake: 'the predicate is not looked at',
    module: GRANTS,
    from: 'return holds.ok && holds.value',
    to: 'return holds.ok || grant.used >= 0',
    tests: standing,
  },
  {
    rule: 'AP13',
    mistake: 'what asks for a factor is granted in advance',
    module: GRANTS,
    from: "  if (factor || level === 'required_2fa') return 'What asks for a second factor is never released in advance.'\n",
    to: '',
    tests: standing,
  },
  {
    rule: 'AP13',
    mistake: 'who gave it is not looked at afresh',
    module: GRANTS,
    from: 'const role = roleNow(draft, signature)',
    to: 'const role = signature.role',
    tests: standing,
  },
  {
    rule: 'AP13',
    mistake: 'a pause makes grants forgotten',
    module: 'server/src/domain/held.ts',
    from: '      if (grant) {',
    to: '      if (grant && item.id === held.action) {',
    tests: standing,
  },
  {
    rule: 'AP14',
    mistake: 'an agent opens as much as it likes',
    module: REQUESTS,
    from: 'openItems(doc) >= caps.openItems',
    to: 'openItems(doc) >= 100 * caps.openItems',
    tests: approvals,
  },
  {
    rule: 'AP14',
    mistake: 'whoever comes first takes the whole quota of a tenant',
    module: 'server/src/domain/quota.ts',
    from: 'quota.total < most || quota.own < shareOf(most, quota)',
    to: 'quota.total < most',
    tests: ['server/src/domain/quota.test.ts'],
  },
  // ── SF ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'SF1',
    mistake: 'a code of five steps ago counts',
    module: 'server/src/auth/second-factor.ts',
    from: 'epochTolerance: [STEP_SECONDS, 0]',
    to: 'epochTolerance: [5 * STEP_SECONDS, 0]',
    tests: ['server/src/auth/second-factor.test.ts'],
  },
  {
    rule: 'SF1',
    mistake: 'what asks for a factor is released without',
    module: RELEASES,
    from: '(item.factor || today.factor) && !isProven(item, by, draft.facts.at)',
    to: '(item.factor || today.factor) && by.factor?.at === 0',
    tests: approvals,
  },
  {
    rule: 'SF2',
    mistake: 'a step is spent twice',
    module: FACTORS,
    from: 'step > doc.factor.lastStep',
    to: 'step >= doc.factor.lastStep',
    tests: factors,
  },
  {
    rule: 'SF2',
    mistake: 'another command finds the claim',
    module: FACTORS,
    from: 'if (claim && (claim.fingerprint !== fingerprint || !samePurpose(claim.purpose, purpose)))',
    to: 'if (claim && claim.at < 0)',
    tests: factors,
  },
  {
    rule: 'SF3',
    mistake: 'wrong codes never lock',
    module: ATTEMPTS,
    from: 'open.length < MAX_WRONG ? { open }',
    to: 'open.length < 1_000 ? { open }',
    tests: factors,
  },
  {
    rule: 'SF3',
    mistake: 'a right code forgives all wrong ones',
    module: ATTEMPTS,
    from: 'one.id !== id && at < one.at + LOCK_MS',
    to: 'one.id !== id && at < one.at',
    tests: factors,
  },
  {
    rule: 'SF4',
    mistake: 'a factor is replaced without its code',
    module: FACTORS,
    from: "  if (doc.factor && !proven(doc, enrolment.key, 'factor.enroll', at))",
    to: "  if (doc.factor && proven(doc, enrolment.key, 'factor.remove', at))",
    tests: factors,
  },
  {
    rule: 'SF4',
    mistake: 'an admin’s reset waits for nothing',
    module: FACTORS,
    from: '!doc?.reset || at < doc.reset.dueAt',
    to: '!doc?.reset',
    tests: factors,
  },
  {
    rule: 'SF5',
    mistake: 'a sealed text opens wherever it is put',
    module: 'server/src/auth/sealer.ts',
    from: '      cipher.setAAD(Buffer.from(about))',
    to: "      cipher.setAAD(Buffer.from(''))",
    tests: ['server/src/auth/second-factor.test.ts'],
  },
  // ── ES ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'ES1',
    mistake: 'a doubtful agent opens no ticket',
    module: TICKETS,
    from: 'confidence !== undefined && confidence < rules.confidenceBelow',
    to: 'confidence !== undefined && confidence < 0',
    tests: [...detecting, 'server/src/domain/runs.test.ts'],
  },
  {
    rule: 'ES1',
    mistake: 'risk as high as the threshold counts as above it',
    module: TICKETS,
    from: 'risk !== undefined && risk > rules.riskAbove',
    to: 'risk !== undefined && risk >= rules.riskAbove',
    tests: [...detecting, 'server/src/domain/runs.test.ts'],
  },
  {
    rule: 'ES2',
    mistake: 'an unanswered page goes nowhere',
    module: PAGING,
    from: '    goOn(draft, paged.about, page)\n  return draft.unchanged()',
    to: '    void goOn\n  return draft.unchanged()',
    tests: paging,
  },
  {
    rule: 'ES2',
    mistake: 'nobody is told again in a further round',
    module: PAGING,
    from: 'plan && page.round < plan.repeats',
    to: 'plan && page.round < 0',
    tests: paging,
  },
  {
    rule: 'ES2',
    mistake: 'an override begins when it is over',
    module: 'shared/src/on-call/on-call.ts',
    from: 'from <= at && at < until)',
    to: 'from <= at && at >= until)',
    tests: ['shared/src/on-call/on-call.test.ts'],
  },
  {
    rule: 'ES3',
    mistake: 'a ticket is resolved after its time',
    module: TICKETS,
    from: 'facts.at >= expiresAt',
    to: 'facts.at >= 2 * expiresAt',
    tests: runs,
  },
  {
    rule: 'ES4',
    mistake: 'the same call ten times is nothing odd',
    module: DETECTORS,
    from: 'call.times >= times',
    to: 'call.times >= 10 * times',
    tests: detecting,
  },
  {
    rule: 'ES4',
    mistake: 'detectors watch also right after a reconnect',
    module: DETECTORS,
    from: '  if (draft.facts.quiet) return\n',
    to: '',
    tests: detecting,
  },
  {
    rule: 'ES5',
    mistake: 'an answer has fields that the form has not',
    module: 'shared/src/form.ts',
    from: '    if (!Object.hasOwn(schema.properties, key)) return',
    to: '    if (key === schema.type) return',
    tests: ['shared/src/form.test.ts'],
  },
  {
    rule: 'ES5',
    mistake: 'a question does not block',
    module: TICKETS,
    from: 'blocking: body.blocking ?? true',
    to: 'blocking: body.blocking ?? false',
    tests: runs,
  },
  // ── AU ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'AU1',
    mistake: 'a success counts a little more',
    module: DEFAULTS,
    from: 'success: 0.02,',
    to: 'success: 0.021,',
    tests: autonomy,
  },
  {
    rule: 'AU1',
    mistake: 'a failure counts whatever its severity',
    module: AUTONOMY,
    from: '-rates.failure * cause.severity',
    to: '-rates.failure',
    tests: autonomy,
  },
  {
    rule: 'AU2',
    mistake: 'a promotion to trusted waits for nobody',
    module: AUTONOMY,
    from: '(level) => policy.autonomy[level].confirmPromotion',
    to: '(level) => policy.autonomy[level] === undefined',
    tests: autonomy,
  },
  {
    rule: 'AU2',
    mistake: 'a demotion waits',
    module: AUTONOMY,
    from: 'if (rank(earned) <= rank(now)) return earned',
    to: 'if (rank(earned) <= rank(now)) return now',
    tests: autonomy,
  },
  {
    rule: 'AU3',
    mistake: 'an outcome counts of what was never begun',
    module: BEGINS,
    from: "  if (!item.begun) return draft.refuse(refused('not_released', 'It was never begun, so it has no outcome.'))\n",
    to: '',
    tests: autonomy,
  },
  // ── PO ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'PO1',
    mistake: 'a paused agent’s request is judged at once',
    module: REQUESTS,
    from: '  if (isHeld(doc)) return overShare(draft) ?? hold(draft, item)\n',
    to: '',
    tests: approvals,
  },
  {
    rule: 'PO2',
    mistake: 'a class in neither list goes alone',
    module: EVALUATE,
    from: "  return { floor: 'required' as const, rule: name('in_neither_list') }",
    to: "  return { floor: undefined, rule: name('in_neither_list') }",
    tests: evaluating,
  },
  {
    rule: 'PO2',
    mistake: 'what policy forbids is asked for',
    module: EVALUATE,
    from: '    ...(leave.forbidden ? [leave.rule] : []),\n',
    to: '',
    tests: evaluating,
  },
  {
    rule: 'PO3',
    mistake: 'the longest time-out stands',
    module: COMBINE,
    from: 'timeoutMs = least(timeoutMs, one.timeoutMs)',
    to: 'timeoutMs = Math.max(timeoutMs ?? 0, one.timeoutMs ?? 0)',
    tests: combining,
  },
  {
    rule: 'PO3',
    mistake: 'the fewest persons suffice',
    module: COMBINE,
    from: 'approvals = Math.max(approvals, one.approvals ?? 1)',
    to: 'approvals = Math.min(approvals, one.approvals ?? 1)',
    tests: combining,
  },
  {
    rule: 'PO3',
    mistake: 'a factor counts only where all ask for one',
    module: COMBINE,
    from: 'factor ||= one.factor === true',
    to: 'factor = one.factor === true',
    tests: combining,
  },
  {
    rule: 'PO3',
    mistake: 'each rule may cost as much as all together',
    module: 'shared/src/policy/rules.ts',
    from: 'const matches = condition.evaluate(variable, meter)',
    to: 'const matches = condition.evaluate(variable, new (meter.constructor as new () => Meter)())',
    tests: ruling,
  },
  {
    rule: 'PO3',
    mistake: 'a rule that fails is passed over',
    module: 'shared/src/policy/rules.ts',
    from: '      demands.push(\n        inquiry.inAdvance',
    to: '      demands.slice(0, 0).push(\n        inquiry.inAdvance',
    tests: ruling,
  },
  {
    rule: 'PO4',
    mistake: 'nothing is reserved',
    module: BUDGETS,
    from: '({ ...part, used: plus(part.used, consumes) })',
    to: '({ ...part, used: plus(part.used, nothing) })',
    tests: budgets,
  },
  {
    rule: 'PO4',
    mistake: 'what never ran is not given back',
    module: 'server/src/domain/items.ts',
    from: '  if (over && !item.begun) giveBack(draft, item)\n',
    to: '  void giveBack\n',
    tests: budgets,
  },
  {
    rule: 'PO5',
    mistake: 'what asks for a review goes',
    module: EVALUATE,
    from: "combined.role === undefined ? 'go' : 'ask'",
    to: "combined.role === undefined || combined.level === 'review' ? 'go' : 'ask'",
    tests: evaluating,
  },
  {
    rule: 'PO6',
    mistake: 'one version names two policies',
    module: POLICIES,
    from: 'one.version === policy.version && one.digest !== digest',
    to: 'one.version === policy.version && one.digest === policy.version',
    tests: policies,
  },
  {
    rule: 'PO6',
    mistake: 'today’s policy does not count when it is released',
    module: SIGNATURES,
    from: 'const asked = [item.role, today.role].filter',
    to: 'const asked = [item.role].filter',
    tests: approvals,
  },
  {
    rule: 'PO6',
    mistake: 'answers do not name the strictest rule',
    module: COMBINE,
    from: 'return { ...result, rules: names.map((one) => one.rule) }',
    to: 'return { ...result, rules: names.slice(1).map((one) => one.rule) }',
    tests: evaluating,
  },
  // ── ID ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  {
    rule: 'ID1',
    mistake: 'any kind of JWT passes for a token',
    module: 'server/src/auth/tokens.ts',
    from: '    if (!trust.types.includes(mediaType(protectedHeader.typ))) return failed(sentences.typ)\n',
    to: '    void mediaType(protectedHeader.typ)\n',
    tests: tokens,
  },
  {
    rule: 'ID1',
    mistake: 'an agent reaches a deciding call',
    module: 'server/src/auth/authorize.ts',
    from: '  return hasRole(principal.role, needed) ?',
    to: "  return principal.role === 'agent' || hasRole(principal.role, needed) ?",
    tests: ['server/src/auth/authorize.test.ts'],
  },
  {
    rule: 'ID1',
    mistake: 'wrong passwords are not counted',
    module: PASSWORDS,
    from: 'passwordAttempts: counted(attempts, attempt, at)',
    to: 'passwordAttempts: counted({ open: [] }, attempt, at)',
    tests: passwords,
  },
  {
    rule: 'ID1',
    mistake: 'a factor is not asked for with a password',
    module: 'server/src/commands/sign-in.ts',
    from: "if (totp === undefined || totp === '') return NEEDS_CODE",
    to: "if (totp === '') return NEEDS_CODE",
    tests: passwords,
  },
  {
    rule: 'ID1',
    mistake: 'a cookie that was used before is good for ever',
    module: SESSIONS,
    from: 'generation === session.generation - 1 && at < session.seenAt + GRACE_MS',
    to: 'generation < session.generation',
    tests: passwords,
  },
  {
    rule: 'ID2',
    mistake: 'the greater of two roles counts',
    module: PERSONS,
    from: 'personRoles.indexOf(a) < personRoles.indexOf(b) ? a : b',
    to: 'personRoles.indexOf(a) > personRoles.indexOf(b) ? a : b',
    tests: persons,
  },
  {
    rule: 'ID2',
    mistake: 'a login is two persons’',
    module: PERSONS,
    from: 'if (doc && (holder.lists || at < doc.claimedAt + CLAIM_MS))',
    to: 'if (doc && at < 0)',
    tests: persons,
  },
  {
    rule: 'ID3',
    mistake: 'an ended session keeps its sockets',
    module: 'server/src/node.ts',
    from: 'if (over.length > 0) endWhere',
    to: 'if (over.length > 1_000) endWhere',
    tests: passwords,
  },
  {
    rule: 'ID3',
    mistake: 'a disabled person keeps their sockets',
    module: 'server/src/commands/people.ts',
    from: "if (type === 'person.disabled') return",
    to: "if (type === 'person.enabled') return",
    tests: passwords,
  },
  {
    rule: 'ID4',
    mistake: 'what belongs to no field is dropped without a word',
    module: 'server/src/api/decode.ts',
    from: '  return parsed.success ? ok(parsed.data) : failed(explain(parsed.error.issues[0]))',
    to: "  return parsed.success || parsed.error.issues.every(({ code }) => code === 'unrecognized_keys')\n    ? ok(payload as T)\n    : failed(explain(parsed.error.issues[0]))",
    tests: decoding,
  },
  {
    rule: 'ID4',
    mistake: 'a page from anywhere may connect',
    module: 'server/src/api/origins.ts',
    from: 'return URL.canParse(origin) && new URL(origin).host === host',
    to: 'return URL.canParse(origin) && host !== undefined',
    tests: ['server/src/api/origins.test.ts'],
  },
  {
    rule: 'ID5',
    mistake: 'everybody on the machine may read the keys',
    module: 'server/src/auth/private-file.ts',
    from: 'mode & READABLE_BY_OTHERS',
    to: 'mode < READABLE_BY_OTHERS',
    tests: ['server/src/auth/keys.test.ts'],
  },
]
