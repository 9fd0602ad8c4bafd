/** What each request is for, beside what its schema says. */
export const AGENT_REQUESTS = {
  'run.start':
    'Begins a run, or with `takeover` goes on with an unfinished one. While a run is unfinished and `takeover` is not set: `conflict`, which names it; the same with `retryAfterMs` while the other process may still hold its lease. `agent` names a child of the token’s subject.',
  'run.resume':
    'The same process on a new connection: where its run stands, and what it missed after `after`.',
  'lease.renew': 'Asks for another lease, and for what was missed after `after`. Writes nothing.',
  'lease.release': 'A clean exit: another process need not wait for this lease. The run stays unfinished.',
  'action.request':
    'Asks for an action. `go`: it is released and begun, act now. `wait`: somebody has to release it, or the agent is held. `refused`: policy does not permit it; the reason is for the model.',
  'action.begin': 'Claims a released action, once. The answer has the bytes to run. Act only after it.',
  'action.report': 'How a begun action ended. `severity` (0 to 1) says how bad a failure was.',
  'approval.get': 'One of the agent’s own approvals, with its bytes.',
  'approval.cancel': 'Withdraws a request, or gives a released action back.',
  'question.ask': 'Asks a person: free text, `choices`, or a form (`schema`). Blocks by default.',
  'escalation.raise': 'Tells a person, where the thresholds or the reason say so. Does not block by default.',
  'ticket.get': 'One of the agent’s own tickets or questions, with its context.',
  'instruction.ack': 'What became of an instruction.',
  'control.ack': 'What the process keeps to, once it does: `seq` is that of the push or answer that said so.',
  'run.complete': 'Ends the run. What nobody decided or began ends with it.',
  'auth.refresh': 'Puts a fresh token of the same subject in place.',
}

export const OPERATOR_REQUESTS = {
  sync: 'Where things stand: a snapshot without a cursor (or with one that this history does not know), else what was missed. Call it first; the feed begins with it.',
  'agents.list':
    'Agents by id. `unreadable`, in any answer: ids of agents whose documents this server can’t read, 100 at most; they are not counted.',
  'agents.watch':
    'The agents on screen: their views now, and `presence` from now on. Replaces the earlier window.',
  'agent.get': 'One agent, with its queued instructions.',
  'approval.get': 'One approval with the whole bytes that would run. Check that their digest is `digest`.',
  'approval.list': 'Approvals, the oldest first.',
  'approval.approve':
    'Releases exactly the revision and digest that were displayed, or the edited `args`, which become a new revision.',
  'approval.deny': 'Turns it down. The agent gets the reason.',
  'approval.respond': 'A message instead of running it. Recorded as `denied`, with a `response`.',
  seen: 'What was displayed, and up to where the feed was received. Batched.',
  looking:
    'Which approval or ticket is on screen, for other consoles to see; none without `id`. Forgotten with the connection.',
  'agent.pause': 'Holds agents at their next checkpoint. A selector, `all` or `children` places an order.',
  'agent.resume': 'Lets paused agents go on. Does not lift orders.',
  'agent.stop':
    'Stops agents, ends their runs and locks them. A selector, `all` or `children` places an order.',
  'agent.reinstate': 'Unlocks stopped agents.',
  'agent.inject': 'Queues an instruction for agents with an unfinished run.',
  'override.revoke': 'Kills a release that nobody has begun.',
  'override.grant':
    'An admin releases what waits, alone. The factor that its level asks for is never waived.',
  'trust.pin': 'Fixes the autonomy level; without a `level`, lets it move again.',
  'trust.cap': 'Bounds the autonomy level from above; without a `level`, lifts the bound.',
  'trust.reset': 'Trust starts again where a new agent’s does; pin and cap fall.',
  'trust.confirm': 'The promotion that trust has earned takes effect.',
  'standing.issue':
    'Releases an agent’s action in advance: the next `count`, or `until` a time within 31 days, where `when` (CEL, as in a rule) holds. Checked again at each use. Never what asks for a second factor, an admin or several people. Takes the role of the action’s level.',
  'standing.revoke': 'Takes what is left of a standing grant back.',
  'standing.list': 'The standing grants of one agent, or without one of all, by agent.',
  'order.list': 'The standing orders.',
  'order.lift': 'Lifts one. What it stopped stays locked. Lifting a stop takes the role `approver`.',
  'ticket.get': 'One ticket or question, with its context.',
  'ticket.list': 'Tickets and questions, the oldest first.',
  'ticket.acknowledge': 'Somebody looks at it; also makes them its assignee where there is none.',
  'ticket.assign': 'Gives it to somebody.',
  'ticket.resolve':
    'Closes it. A question takes an `answer` in the form it asks for; `action` is advice to the agent.',
  'history.list': 'The log, newest first.',
  'log.read':
    'The log exactly as it is kept, oldest first, so that its hashes can be computed again; with `texts` also the bytes that its facts name by digest. What `holdpoint export` writes.',
  'refusal.get': 'What policy refused at once (`action.refused`), with the bytes that were asked for.',
  'policy.get': 'The policy in force.',
  'oncall.get': 'Who is on call, in each schedule or one.',
  'oncall.override':
    'Somebody takes over for a while, who is registered and enabled. Of two that overlap, the later one made counts.',
  'oncall.cancel': 'Takes an override back.',
  'channel.list': 'Through what people are told, and whether it works. Never where to.',
  'channel.test': 'Sends a test message now. One that succeeds enables a disabled channel again.',
  'people.list': 'Registered people by id.',
  'person.get': 'One person, with their addresses.',
  'person.me': 'Who the caller is, and the role that counts: the token’s or the record’s, whichever is less.',
  'person.add': 'Registers a person. Their id is a login of theirs; `logins` are further token subjects.',
  'person.change': 'Replaces what is named of a person’s record.',
  'person.disable':
    'Shuts a person out: their connections end within a second, and what was issued to them until now counts no more.',
  'person.enable': 'Lets them in again, with tokens issued from now on.',
  'policy.shadow':
    'Lets a candidate judge beside the active policy, on record and never enforced; without one, ends that.',
  'policy.activate':
    'Makes a policy document the one that decides, whole or not at all. What it leaves out is as the built-in policy says.',
  'person.link':
    'Makes a one-time sign-in link for a person: `POST /v1/sign-in/link` claims it within ten minutes, once. An earlier one counts no more.',
  'person.password':
    'Sets a person’s password and ends all their sessions. For who can’t be sent a link; they change it with `password.set`.',
  'password.set':
    'Sets the caller’s password and ends their other sessions. Takes the one in place (`current`), or a session that began by a link less than ten minutes ago; and a code, where they have a second factor. 15 to 128 characters, and not what is easily guessed of them.',
  'session.list': 'The browsers in which the caller is signed in. An admin may name somebody else.',
  'session.end':
    'Ends one session, or without `session` all but the caller’s present one: their connections end within a second. Ending somebody else’s takes an admin.',
  'factor.enroll':
    'Hands the caller a second factor: an `otpauth` address for an authenticator app, and recovery codes. Replacing an enrolled one takes its current code or a recovery code, which works once.',
  'factor.confirm': 'The handed-out factor counts from now on: the code shows that the app has it.',
  'factor.remove': 'Gives the caller’s factor up, with a code of it.',
  'factor.reset':
    'An admin takes somebody’s lost factor away. It is gone after a day, unless it is used before.',
  'token.revoke': 'One token by its `jti`, or every token issued to a subject until now.',
  'auth.refresh': 'Puts a fresh token of the same subject, tenant and role in place.',
}
