import { describe, expect, it, vi } from 'vitest'
import { controlPlane } from '../harness/control-plane.ts'
import { agentOf, consoleOf, mail, until, waiting } from './sdk-live-clients.ts'

describe('clients and server: approvals', () => {
  it('[AP9] an action waits for a person, runs once on the approved bytes, and its outcome is seen', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'approver')
    await using bot = await agentOf(cp)
    const running = bot.run('send_email', mail, ({ to }, { id }) => `${id} to ${to}`, { summary: 'weekly' })
    const shown = await waiting(ana)
    expect(shown).toMatchObject({ agent: 'bot', action: 'send_email', level: 'required', summary: 'weekly' })
    expect(bot.canContinue()).toBe(false)
    const detail = await ana.approval(shown.id)
    expect(JSON.parse(detail.canonical)).toEqual({ action: 'send_email', args: mail })
    expect((await ana.approve(detail)).status).toBe('approved')
    const result = await running
    expect(result).toMatchObject({ status: 'done', value: `${shown.id} to ${mail.to}`, reported: true })
    expect(bot.autonomy).toEqual((await ana.agent('bot')).agent.autonomy)
    expect(bot.autonomy?.successes).toBe(1)
    expect(ana.replica.approvals.size).toBe(0)
    const after = await ana.approval(shown.id)
    expect(after).toMatchObject({ outcome: 'success', decidedBy: 'ana' })
    expect(after.stages).toMatchObject({ begun: { by: 'bot' }, reported: { by: 'bot' } })
    await bot.checkpoint()
  })

  it('[AP11] an approval that reached a console is delivered, and one that was displayed is seen', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { id } = await bot.request('send_email', mail)
    await waiting(ana)
    await until(async () => expect((await ana.approval(id)).stages.delivered).toBeDefined())
    ana.seen([id])
    await until(async () => expect((await ana.approval(id)).stages.seen).toMatchObject({ by: 'ana' }))
  })

  it('[AP4] what runs is what the approver made of it', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const running = bot.run('send_email', mail, (args) => args)
    await ana.approve(await waiting(ana), { args: { ...mail, to: 'boss@example.org' } })
    expect(await running).toMatchObject({ status: 'done', value: { ...mail, to: 'boss@example.org' } })
  })

  it('[AP4] a denial comes back with its reason, and nothing is run', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp, 'operator')
    await using bot = await agentOf(cp)
    const act = vi.fn()
    const running = bot.run('send_email', mail, act)
    await ana.deny(await waiting(ana), 'not on a Sunday')
    expect(await running).toMatchObject({ status: 'denied', reason: 'not on a Sunday' })
    expect(act).not.toHaveBeenCalled()
    await bot.checkpoint()
  })

  it('[AP4] a response is a denial with a message', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    await using bot = await agentOf(cp)
    const { decision } = await bot.request('send_email', mail)
    await ana.respond(await waiting(ana), 'ask the team first')
    expect(await decision).toMatchObject({ status: 'denied', response: 'ask the team first' })
  })

  it('[AP7] the same key finds the same request, and an action that was done is not done again', async () => {
    await using cp = await controlPlane()
    await using bot = await agentOf(cp)
    const act = vi.fn(() => 'read')
    const first = await bot.run('read_file', { path: 'a' }, act, { key: 'step-1' })
    const again = await bot.run('read_file', { path: 'a' }, act, { key: 'step-1' })
    expect([first.status, again.status, act.mock.calls.length]).toEqual(['done', 'already_begun', 1])
  })

  it('[AP9] what another process began is not run again: nobody knows how it ended', async () => {
    await using cp = await controlPlane()
    const act = vi.fn()
    const first = await agentOf(cp)
    await first.request('read_file', { path: 'a' }, { key: 'step-1' })
    await first.close()
    await using second = await agentOf(cp, {}, { takeover: true })
    expect(await second.run('read_file', { path: 'a' }, act, { key: 'step-1' })).toMatchObject({
      status: 'unknown_outcome',
    })
    expect(act).not.toHaveBeenCalled()
  })

  it('[AG6] what was asked before a takeover is still decided, and begun by the process that took over', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    const first = await agentOf(cp)
    await first.request('send_email', mail, { key: 'step-1' })
    const shown = await waiting(ana)
    await first.close()
    await using second = await agentOf(cp, {}, { takeover: true })
    expect(second.held?.open.map(({ id }) => id)).toEqual([shown.id])
    const running = second.run('send_email', mail, () => 'sent', { key: 'step-1' })
    await ana.approve(shown)
    expect(await running).toMatchObject({ status: 'done', id: shown.id, value: 'sent' })
  })

  it('[AP7] what is released while the agent is away runs once it is back and asks for the same, without any key', async () => {
    await using cp = await controlPlane()
    await using ana = await consoleOf(cp)
    const first = await agentOf(cp)
    await first.request('send_email', mail)
    const shown = await waiting(ana)
    await first.close()
    await ana.approve(shown)
    await using second = await agentOf(cp, {}, { takeover: true })
    const ran = await second.run('send_email', mail, () => 'sent')
    expect(ran).toMatchObject({ status: 'done', id: shown.id, value: 'sent' })
    expect(await second.run('read_file', {}, () => 'read')).toMatchObject({ status: 'done' })
  })
})
