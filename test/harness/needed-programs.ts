import { needProgram, needPythonSocketIo } from './need-program.ts'
import { needRedis } from './redis-program.ts'

/** Before any integration test, once: two workers that install at the same time would lock each other out. */
export default function seeToPrograms(): void {
  needProgram('script', 'bsdutils')
  needProgram('strace')
  needProgram('haproxy')
  needProgram('chromium')
  needPythonSocketIo()
  if (!process.env.REDIS_URL) needRedis()
}
