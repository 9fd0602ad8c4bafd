import { AgentClient } from '@holdpoint/client'

const { HOLDPOINT_URL: url = 'http://127.0.0.1:7411', HOLDPOINT_TOKEN: token = '' } = process.env
const agent = new AgentClient({ url, token, task: 'Say hello', takeover: true })
try {
  await agent.start() // takeover: goes on with a run that an earlier process left, by Ctrl-C or a crash
  for (const to of ['ana@example.org', 'bo@example.org']) {
    await agent.checkpoint() // waits while a person has paused it, throws once it was stopped
    const sent = await agent.run('send_email', { to, text: 'Hello!' }, (mail) => console.log('sending', mail))
    console.log(sent.status === 'done' ? 'sent' : `not sent: ${sent.reason}`)
  }
  await agent.complete()
} finally {
  await agent.close()
}
