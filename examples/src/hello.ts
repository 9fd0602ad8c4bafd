import { AgentClient } from '@holdpoint/client'

const url = process.env.HOLDPOINT_URL ?? 'http://127.0.0.1:7411'
const token = process.env.HOLDPOINT_TOKEN ?? ''
await using agent = new AgentClient({ url, token, task: 'Say hello', takeover: true })
await agent.start() // takeover: goes on with a run that an earlier process left, by Ctrl-C or a crash

for (const to of ['ana@example.org', 'bo@example.org']) {
  await agent.checkpoint() // waits while a person has paused it, throws once it was stopped
  const sent = await agent.run('send_email', { to, text: 'Hello!' }, (approved) => {
    console.log('sending', approved) // what a person released, which may differ from what was asked
  })
  console.log(sent.status === 'done' ? 'sent' : `not sent: ${sent.reason}`)
}
await agent.complete()
