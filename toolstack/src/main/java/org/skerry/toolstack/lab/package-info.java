/**
 * The lab: a machine with a /dev/kvm for machines that have none. QEMU emulates it in software, with nested SVM; it
 * runs stock Debian packages, the JDK that we run on, and us. {@link org.skerry.toolstack.lab.LabCommand} is the door,
 * {@link org.skerry.toolstack.lab.LabDisks} makes what it boots from, {@link org.skerry.toolstack.lab.LabMachine} runs
 * it. What happens inside stands in initrd-init.sh and init.sh.
 */
package org.skerry.toolstack.lab;
