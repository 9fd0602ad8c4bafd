import { issueToken } from '@holdpoint/server'
import { HOUR, MINUTE, SECOND } from '@holdpoint/shared'
import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { controlPlane, type Harness } from '../harness/control-plane.ts'
import { enrolFactor } from '../harness/factor.ts'
import { type ManualClock, manualClock } from '../harness/manual-clock.ts'
import { freshKey } from '../harness/raw-agent.ts'

const PASSWORD = 'seven wet umbrellas'

/** One browser: its cookie jar, and the headers that a page of this server sends. */
function browser(cp: Harness, headers: Readonly<Record<string, string>> = {}) {
  let cookie: string | undefined
  const post = async (path: string, body: object = {}, more: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${cp.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
        origin: cp.url,
        ...(cookie && { cookie }),
        ...headers,
        ...more,
      },
      body: JSON.stringify(body),
    })
    const set = response.headers.get('set-cookie')
    if (set) cookie = set.includes('Max-Age=0') ? undefined : set.split(';')[0]
    return { status: response.status, set, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    post,
    get cookie() {
      return cookie
    },
    set cookie(value) {
      cookie = value
    },
    enter: (person: string, password: string, totp?: string) =>
      post('/v1/sign-in/password', { person, password, ...(totp !== undefined && { totp }) }),
    refresh: (more?: Readonly<Record<string, string>>) => post('/v1/session/refresh', {}, more),
    connect: (token: unknown) => cp.connect('/operator', { token, protocol: 1 }),
  }
}

/** Somebody is registered, and an admin has given them a password. */
async function withPassword(cp: Harness, id = 'ana') {
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.must('person.add', { key: freshKey(), id, role: 'approver' })
  await root.must('person.password', { key: freshKey(), id, password: PASSWORD })
  return root
}

/** Registered, and signed in by a link: no password needs to be hashed. */
async function byLink(cp: Harness, page = browser(cp), id = 'ana') {
  const root = await cp.operatorSocket({ subject: 'root' })
  await root.request('person.add', { key: freshKey(), id, role: 'approver' })
  const { link } = await root.must('person.link', { key: freshKey(), id })
  const { token } = (await page.post('/v1/sign-in/link', { link })).body
  return { root, page, token, socket: await page.connect(token) }
}

/** Days go by as the test says; what is a second or less really takes it, so that refusals leave by themselves. */
function mostlyManualClock(): ManualClock {
  const clock = manualClock()
  return {
    ...clock,
    after(delayMs, wake) {
      if (delayMs > SECOND) return clock.after(delayMs, wake)
      const timer = setTimeout(wake, delayMs)
      return () => clearTimeout(timer)
    },
  }
}

it('[ID1] a password signs its person in; the cookie is for refreshing alone and no script reads it', async () => {
  await using cp = await controlPlane()
  await withPassword(cp)
  const page = browser(cp)
  const { status, set, body } = await page.enter('ana', PASSWORD)
  expect(status).toBe(200)
  expect(set).toMatch(/^holdpoint_session=.+; Max-Age=\d+; Path=\/v1\/session; HttpOnly; SameSite=Strict$/)
  expect(body).toEqual({ token: expect.any(String), expiresInMs: 10 * MINUTE })
  const ana = await page.connect(body.token)
  expect(await ana.must('person.me', {})).toMatchObject({
    id: 'ana',
    role: 'approver',
    person: { hasPassword: true },
  })

  // behind a proxy that ends TLS the browser still says how the page came to it
  const host = new URL(cp.url).host
  const secure = browser(cp, { origin: `https://${host}` })
  expect((await secure.enter('ana', PASSWORD)).set).toMatch(/; Secure$/)

  const stored = JSON.stringify([
    await cp.store.load({ tenant: 'default', kind: 'person', id: 'ana' }),
    await cp.store.history({ tenant: 'default', limit: 100 }),
  ])
  for (const secret of [PASSWORD, String(page.cookie).split('~')[4], String(body.token)])
    expect(stored).not.toContain(secret)
})

it('[ID1] who is unknown, disabled, locked or mistyped hears the same, no sooner than others', async () => {
  await using cp = await controlPlane()
  const root = await withPassword(cp)
  await root.must('person.add', { key: freshKey(), id: 'bo', role: 'viewer' })
  await root.must('person.add', { key: freshKey(), id: 'cy', role: 'viewer' })
  await root.must('person.password', { key: freshKey(), id: 'cy', password: PASSWORD })
  await root.must('person.disable', { key: freshKey(), id: 'cy', reason: 'left' })
  const page = browser(cp)
  const tries = await Promise.all(
    [
      ['ana', 'not my password at all'],
      ['nobody', PASSWORD],
      ['bo', PASSWORD],
      ['cy', PASSWORD],
    ].map(async ([person = '', password = '']) => {
      const startedAt = performance.now()
      const { status, body } = await page.enter(person, password)
      return { status, body, tookMs: performance.now() - startedAt }
    }),
  )
  for (const { status, body, tookMs } of tries) {
    expect(status).toBe(401)
    expect(body).toEqual(tries[0]?.body)
    // never before a whole second, whatever the work was
    expect(tookMs).toBeGreaterThan(990)
  }
})

it('[ID1] five wrong passwords lock for a quarter of an hour and raise an alert; a right one meanwhile is wrong', async () => {
  const clock = mostlyManualClock()
  await using cp = await controlPlane({ clock })
  const root = await withPassword(cp)
  const page = browser(cp)
  const wrong = await Promise.all(
    Array.from({ length: 6 }, (_, n) => page.enter('ana', `wrong words, number ${n}`)),
  )
  expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 401))
  expect(await page.enter('ana', PASSWORD)).toMatchObject({ status: 401 })
  const { events } = await root.must('history.list', { type: 'password.locked' })
  expect(events).toMatchObject([{ by: 'system', data: { person: { id: 'ana' } } }])
  await clock.advance(15 * MINUTE)
  expect(await page.enter('ana', PASSWORD)).toMatchObject({ status: 200 })
})

it('[ID1] where there is a second factor a password alone lets nobody in, and a code does once', async () => {
  const clock = mostlyManualClock()
  await using cp = await controlPlane({ clock })
  await withPassword(cp)
  const page = browser(cp)
  const app = await enrolFactor(await page.connect((await page.enter('ana', PASSWORD)).body.token), () =>
    clock.now(),
  )
  await clock.advance(MINUTE)
  expect(await page.enter('ana', PASSWORD)).toMatchObject({
    status: 403,
    body: { code: 'second_factor_required' },
  })
  // that the password was right is told to who knows it alone
  expect(await page.enter('ana', 'not my password at all', '123456')).toMatchObject({
    status: 401,
  })
  const code = app.code(clock.now())
  const wrong = code === '000000' ? '000001' : '000000'
  expect(await page.enter('ana', PASSWORD, wrong)).toMatchObject({ body: { code: 'second_factor_invalid' } })
  expect(await page.enter('ana', PASSWORD, code)).toMatchObject({ status: 200 })
  expect(await page.enter('ana', PASSWORD, code)).toMatchObject({ body: { code: 'second_factor_invalid' } })
})

it('[ID1] a refresh trades the cookie for its successor; one that was used before ends the session on both', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const { root, page, token, socket: ana } = await byLink(cp)
  const first = page.cookie
  await clock.advance(5 * MINUTE)
  const fresh = await page.refresh()
  expect(fresh).toMatchObject({ status: 200, body: { token: expect.any(String) } })
  expect(fresh.body.token).not.toBe(token)
  expect(page.cookie).not.toBe(first)
  expect(await ana.request('auth.refresh', { token: fresh.body.token })).toMatchObject({ ok: true })

  // the answer was lost, or another tab was as quick: the same successor, for a moment
  const second = page.cookie
  page.cookie = first
  expect(await page.refresh()).toMatchObject({ status: 200 })
  expect(page.cookie).toBe(second)

  const stolen = first
  await clock.advance(5 * MINUTE)
  expect(await page.refresh()).toMatchObject({ status: 200 })
  const thief = browser(cp)
  thief.cookie = stolen
  expect(await thief.refresh()).toMatchObject({ status: 401 })
  expect(await page.refresh()).toMatchObject({ status: 401 })
  await ana.ended
  expect((await root.must('history.list', { type: 'session.ended' })).events).toMatchObject([
    { by: 'system', data: { reason: 'cookie_reused', person: { id: 'ana' } } },
  ])
  // its token is good for minutes yet, and counts no more
  await expect(page.connect(fresh.body.token)).rejects.toMatchObject({ refusal: { code: 'unauthenticated' } })
})

it('[ID1] neither another page nor a made-up cookie refreshes, and that harms nobody', async () => {
  await using cp = await controlPlane()
  const { page } = await byLink(cp)
  const good = String(page.cookie)
  const elsewhere: readonly Readonly<Record<string, string>>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
  ]
  for (const foreign of elsewhere) {
    expect(await page.refresh(foreign), JSON.stringify(foreign)).toMatchObject({ status: 403, set: null })
    expect(
      await page.post('/v1/sign-in/password', { person: 'ana', password: PASSWORD }, foreign),
    ).toMatchObject({
      status: 403,
    })
  }
  const parts = good.split('~')
  const madeUp = [
    'holdpoint_session=',
    `${parts.slice(0, 4).join('~')}~${'0'.repeat(64)}`,
    [...parts.slice(0, 3), '7', parts[4]].join('~'),
    good.replace('~ana~', '~root~'),
    `${good}~more`,
  ]
  for (const bad of madeUp) {
    page.cookie = bad
    expect(await page.refresh(), bad).toMatchObject({ status: 401 })
  }
  page.cookie = good
  expect(await page.refresh()).toMatchObject({ status: 200 })
})

it('[ID3] an ended session, a changed password and a disabled person cut their sockets within a second', async () => {
  await using cp = await controlPlane()
  const firefox = () => browser(cp, { 'user-agent': 'Firefox' })
  const within = async (closed: Promise<unknown>) => {
    const startedAt = performance.now()
    await closed
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  }
  const [here, there, third] = [
    await byLink(cp, firefox()),
    await byLink(cp, firefox()),
    await byLink(cp, firefox()),
  ]
  const { root } = here
  const { sessions } = await here.socket.must('session.list', {})
  expect(sessions).toMatchObject([{ current: true, userAgent: 'Firefox', method: 'link' }, {}, {}])
  const other = (sessions as { id: string; current: boolean }[])[1]?.id
  const ended = await here.socket.must('session.end', { key: freshKey(), session: other })
  expect(ended).toMatchObject({ ended: [other] })
  await within(there.socket.ended)
  expect(await there.page.refresh()).toMatchObject({ status: 401 })

  // an admin sees and ends anybody's; nobody else does
  for (const name of ['session.list', 'session.end'])
    expect(
      await here.socket.request(name, { person: 'root', ...(name === 'session.end' && { key: freshKey() }) }),
    ).toMatchObject({ error: { code: 'forbidden' } })
  expect((await root.must('session.list', { person: 'ana' })).sessions).toHaveLength(2)

  const first = { key: freshKey(), password: PASSWORD }
  await here.socket.must('password.set', first)
  await within(third.socket.ended)
  // a resend meets its own effect, and says so
  expect(await here.socket.request('password.set', first)).toMatchObject({ ok: true })

  expect(await here.page.refresh()).toMatchObject({ status: 200 })
  await root.must('person.disable', { key: freshKey(), id: 'ana', reason: 'left' })
  await within(here.socket.ended)
  expect(await here.page.refresh()).toMatchObject({ status: 401 })
})

it('[ID3] whoever revokes all that was issued to somebody ends their sessions in browsers too, and later ones count', async () => {
  await using cp = await controlPlane()
  const { root, page, socket } = await byLink(cp)
  expect(await page.refresh()).toMatchObject({ status: 200 })
  const kept = page.cookie
  await root.must('token.revoke', { key: freshKey(), subject: 'ana', reason: 'Her laptop was stolen' })
  await socket.ended
  expect(await page.refresh()).toMatchObject({ status: 401 })
  page.cookie = kept
  expect(await page.refresh()).toMatchObject({ status: 401 })
  expect((await root.must('session.list', { person: 'ana' })).sessions).toEqual([])

  const later = await byLink(cp)
  const { token } = (await later.page.refresh()).body
  expect(await (await page.connect(token)).must('person.me', {})).toMatchObject({ id: 'ana' })
})

it('[ID3] a token that a session got meanwhile, where its end was not known yet, falls with it', async () => {
  await using cp = await controlPlane()
  const { root } = await byLink(cp)
  const [{ id: session }] = (await root.must('session.list', { person: 'ana' })).sessions
  const { iat } = decodeJwt(await cp.token({ subject: 'x' }))
  await root.must('token.revoke', { key: freshKey(), subject: 'ana', reason: 'Her laptop was stolen' })
  const minted = await issueToken(cp.keys, {
    tenant: 'default',
    subject: 'ana',
    role: 'approver',
    ttlMs: MINUTE,
    session,
    sessionSince: Number(iat) * SECOND,
    clock: cp.clock,
  })
  const connecting = cp.connect('/operator', { token: minted.ok && minted.value, protocol: 1 })
  await expect(connecting).rejects.toMatchObject({ refusal: { code: 'unauthenticated' } })
})

it('[ID1] a link opens a session that outlives a reload, and lets its person choose a password', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const { page, socket } = await byLink(cp)
  // a token alone, however it was come by, does not become a password
  const token = await cp.operatorSocket({ subject: 'ana', role: 'viewer' })
  const wanted = { key: freshKey(), password: PASSWORD }
  expect(await token.request('password.set', wanted)).toMatchObject({ error: { code: 'forbidden' } })
  for (const weak of ['too short', 'aaaaaaaaaaaaaaaaaaaa', 'holdpoint password ana', 'x'.repeat(129)])
    expect(await socket.request('password.set', { key: freshKey(), password: weak }), weak).toMatchObject({
      error: { code: 'invalid' },
    })
  await socket.must('password.set', wanted)
  const entered = await browser(cp).enter('ana', PASSWORD)
  expect(entered).toMatchObject({ status: 200 })
  // from then on it takes the one in place, from whoever did not come by a link just now
  const other = await browser(cp).connect(entered.body.token)
  const next = { password: 'nine odd umbrellas' }
  for (const current of [undefined, 'what it never was'])
    expect(
      await other.request('password.set', { key: freshKey(), ...next, ...(current && { current }) }),
    ).toMatchObject({ error: { code: 'forbidden' } })
  await other.must('password.set', { key: freshKey(), ...next, current: PASSWORD })

  await socket.ended
  expect(await page.refresh()).toMatchObject({ status: 401 })
  const late = await byLink(cp)
  await clock.advance(10 * MINUTE)
  const fresh = await late.page.connect((await late.page.refresh()).body.token)
  expect(await fresh.request('password.set', wanted)).toMatchObject({ error: { code: 'forbidden' } })
})

it('[ID1] a session is over when it was not used for an hour, and after half a day', async () => {
  const clock = manualClock()
  await using cp = await controlPlane({ clock })
  const idle = await byLink(cp)
  const busy = await byLink(cp)
  for (let passed = 0; passed < 12 * HOUR; passed += 30 * MINUTE) {
    expect(await busy.page.refresh(), `after ${passed} ms`).toMatchObject({ status: 200 })
    if (passed === HOUR) expect(await idle.page.refresh()).toMatchObject({ status: 401 })
    await clock.advance(30 * MINUTE)
  }
  expect(await busy.page.refresh()).toMatchObject({ status: 401 })
})

it('[ID1] signing out ends the session and takes the cookie back', async () => {
  await using cp = await controlPlane()
  const { page, socket } = await byLink(cp)
  const kept = page.cookie
  expect(await page.post('/v1/session/end')).toMatchObject({ status: 200 })
  expect(page.cookie).toBeUndefined()
  await socket.ended
  page.cookie = kept
  expect(await page.refresh()).toMatchObject({ status: 401 })
  expect(await page.post('/v1/session/end')).toMatchObject({ status: 200 })
})
