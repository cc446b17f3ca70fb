// Measures the meter path without the rest of the program: `stream FILE [THREADS]` reads a file and makes day features,
// `read FILE [THREADS]` reads only, `store FILE FOLDER [THREADS]` reads it into a new archive with the features of each day,
// `kernels` compares the kernel with its twin in C and with plain reading of memory.

import Glibc

let arguments = CommandLine.arguments
if arguments.count >= 3, ["stream", "read"].contains(arguments[1]) {
    let threads = arguments.count > 3 ? Int(arguments[3]) : nil
    exit(FileBench.run(arguments[2], threads: threads ?? 2, features: arguments[1] == "stream"))
} else if arguments.count >= 4, arguments[1] == "store" {
    let threads = arguments.count > 4 ? Int(arguments[4]) : nil
    exit(StoreBench.run(arguments[2], into: arguments[3], threads: threads ?? 2))
} else if arguments.count == 2, arguments[1] == "kernels" {
    KernelBench.run()
} else {
    print("usage: MeterBench stream|read FILE [THREADS] | store FILE FOLDER [THREADS] | kernels")
    exit(2)
}
