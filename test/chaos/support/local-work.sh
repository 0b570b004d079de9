# The work of a task whose agent is a shell: counts itself first, in a file that nobody else writes, prints, and ends as its instruction
# says. Argument: directory of those files. Standard input: number of the task and its fate.
read -r index fate
echo "$$ $PPID" >> "$1/$index"
for line in 1 2 3 4 5; do
  echo "line $line of $index"
  sleep 0.05
done
case $fate in
  end) ;;
  fail) exit 3 ;;
  # Nothing but a signal ends it.
  *) exec sleep 3600 ;;
esac
