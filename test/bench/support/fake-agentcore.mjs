// The fake AgentCore service in a process of its own: tells its address and its agent runtime in one line, and lives as long as
// its standard input. Its agent answers each call after some time. argv: that time in milliseconds.
import { json, startFakeAgentCore } from '../../fakes/agentcore/index.ts';

const answerMs = Number(process.argv[2]);
const answer = async () => {
  await new Promise((resolve) => setTimeout(resolve, answerMs));
  return json({ result: 'done' });
};
const fake = await startFakeAgentCore({ agents: { researcher: { invoke: answer } } });
console.log(JSON.stringify({ url: fake.regionUrl('us-west-2'), arn: fake.arn('researcher') }));
process.stdin.resume().once('end', () => void fake.close().then(() => process.exit(0)));
